/**
 * `cogate cost`: monthly active users of all gates together, as they estimate them, and what Amazon Cognito asks for them. Reads ops
 * listeners and files, and nothing of a configuration.
 */
import { readFileSync } from 'node:fs'
import { FaultError } from '../../errors.ts'
import type { Activity } from '../../ops/cost/active-users.ts'
import { mergeActivity } from '../../ops/cost/active-users.ts'
import { findMistake, readArguments } from '../arguments.ts'
import type { Terminal } from '../command.ts'
import { billOf, renderBill } from './bill.ts'
import { fetchOps, findBadUrls } from './fetch-ops.ts'
import type { Plan } from './prices.ts'
import { plans } from './prices.ts'

const ownFlags = { '--plan': 'value', '--file': 'value', '--month': 'value', '--json': 'switch' } as const

interface Question {
  readonly plan: Plan
  readonly month: string | undefined
  readonly urls: readonly string[]
  readonly files: readonly string[]
}

/** Exit code 0; 64: bad usage. Throws FaultError where a listener or a file cannot be read: a bill without it would be too low. */
export async function costCommand(argv: readonly string[], { print, warn }: Terminal): Promise<number> {
  const { given, rest } = readArguments(argv, ownFlags)
  const question = readQuestion(given, rest)
  if (typeof question === 'string') {
    warn(`cogate cost: ${question}\n`)
    return 64
  }
  const all = await readAll(question)
  const month = question.month ?? all[0]?.month
  const bill = billOf(
    all.filter((one) => one.month === month),
    month,
    question.plan,
  )
  print(given.has('--json') ? `${JSON.stringify(bill, undefined, 2)}\n` : renderBill(bill))
  return 0
}

/** A text: what is wrong with the words. */
function readQuestion(given: ReadonlyMap<string, string>, rest: readonly string[]): Question | string {
  const flag = rest.find((word) => word.startsWith('-'))
  if (flag !== undefined) return findMistake([flag], ownFlags) ?? `unknown option ${flag}`
  const [bad] = findBadUrls(rest)
  if (bad !== undefined) return `${bad}: expected the address of an ops listener, such as http://127.0.0.1:9464`
  const file = given.get('--file')
  if (rest.length === 0 && file === undefined) return 'expected addresses of ops listeners, or --file'
  const plan = plans.find((one) => one === (given.get('--plan') ?? 'essentials'))
  if (plan === undefined) return `--plan ${given.get('--plan')}: expected ${plans.join(', ')}`
  const month = given.get('--month')
  if (month !== undefined && !/^\d{4}-(?:0\d|1[0-2])$/.test(month)) {
    return `--month ${month}: expected a month such as 2026-11`
  }
  return { plan, month, urls: rest, files: file === undefined ? [] : [file] }
}

async function readAll({ urls, files }: Question): Promise<readonly Activity[]> {
  const fetched = urls.map(async (url) => ({ name: url, text: await fetchOps(url, 'mau') }))
  const read = files.map((name) => ({ name, text: readFile(name) }))
  const parts = [...(await Promise.all(fetched)), ...read].map(({ name, text }) => ({ name, part: parse(name, text) }))
  return mergeActivity(parts, (name, problem) => new FaultError(`${name}: ${problem}`))
}

function readFile(name: string): string {
  try {
    return readFileSync(name, 'utf8')
  } catch (error) {
    throw new FaultError(`${name}: ${(error as NodeJS.ErrnoException).code}`)
  }
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new FaultError(`${name}: no estimate of active users that this version can read`)
  }
}
