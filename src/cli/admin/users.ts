/**
 * `cogate users`: what administrators do with the users of a pool, with their AWS credentials. Picks the action and reads its
 * words; a password must never be one of them.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { isPoolId, openCognito } from '../../admin/cognito.ts'
import { createPace } from '../../admin/pace.ts'
import type { Pool } from '../../admin/users/pages.ts'
import type { Terminal } from '../command.ts'
import { findPool } from './find-pool.ts'
import { changeActions } from './user-changes.ts'
import { listActions } from './user-lists.ts'
import type { Action, Words } from './user-words.ts'
import { UsageError } from './user-words.ts'

const actions: Readonly<Record<string, Action>> = { ...listActions, ...changeActions }

const commonFlags = {
  pool: { type: 'string' },
  config: { type: 'string' },
  pace: { type: 'string', default: '10' },
} as const

/** Exit code 0: done, 1: a fault of AWS, or stopped; 64: bad usage. */
export async function usersCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '', ...rest] = argv
  try {
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (action === undefined) throw new UsageError(`expected one of: ${Object.keys(actions).join(', ')}`)
    const words = readWords(name, action, rest)
    return await withPool(words, terminal, (pool) => action.run(words, pool, terminal))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    terminal.warn(`cogate users: ${error.message}\n`)
    return 64
  }
}

function readWords(name: string, { flags, users, usage }: Action, args: readonly string[]): Words {
  try {
    const options = { ...commonFlags, ...flags }
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
    const { least, most } = users
    const isFew = positionals.length < least || positionals.length > most
    if (isFew || positionals.includes('')) throw new UsageError(`usage: cogate users ${name} ${usage}`)
    return { values: values as Words['values'], users: positionals }
  } catch (error) {
    if (error instanceof UsageError) throw error
    const [complaint] = (error as Error).message.split(/\.\s|\n/)
    throw new UsageError(`${complaint} (usage: cogate users ${name} ${usage})`)
  }
}

async function withPool(words: Words, { env }: Terminal, use: (pool: Pool) => Promise<number>): Promise<number> {
  const { pool: named, config, pace } = words.values
  const perSecond = Number(pace)
  if (!(perSecond > 0 && perSecond <= 25)) throw new UsageError(`--pace ${pace}: expected calls in a second, up to 25`)
  const id = findId(named as string | undefined, config === undefined ? [] : ['--config', String(config)], env)
  const cognito = await openCognito(id, env)
  try {
    return await use({ id, cognito, paced: createPace(perSecond, { now: Date.now, wait }) })
  } finally {
    cognito.destroy()
  }
}

/** A pool that is named needs no configuration. */
function findId(named: string | undefined, rest: readonly string[], env: Terminal['env']): string {
  if (named !== undefined && isPoolId(named)) return named
  const found = findPool(named, rest, env)
  if (typeof found === 'string') throw new UsageError(found)
  return found.poolId
}
