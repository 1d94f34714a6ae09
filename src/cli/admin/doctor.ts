/**
 * `cogate doctor`: reads a user pool with the AWS credentials of the caller, and says what is good, what is not and what mends
 * it. Changes nothing.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { openCognito } from '../../admin/cognito.ts'
import { diagnose } from '../../admin/doctor/doctor.ts'
import { readPool } from '../../admin/doctor/read-pool.ts'
import { isGood, renderDiagnosis, toJson } from '../../admin/doctor/render.ts'
import { createPace } from '../../admin/pace.ts'
import { readArguments } from '../arguments.ts'
import type { Terminal } from '../command.ts'
import { findPool, readLanguage } from './find-pool.ts'

const ownFlags = { '--pool': 'value', '--json': 'switch', '--lang': 'value', '--all': 'switch' } as const

/** Calls in a second: about half of the smallest quota, that of calls about pools and clients. */
const perSecond = 8

/** Exit code 0: nothing to mend, 1: something, 64: bad usage. */
export async function doctorCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { env, print, warn, isTerminal, colours } = terminal
  const { given, rest } = readArguments(argv, ownFlags)
  const lang = readLanguage(given.get('--lang'), env)
  const found = lang === undefined ? '--lang: expected en or ja' : findPool(given.get('--pool'), rest, env)
  if (typeof found === 'string' || lang === undefined) {
    warn(`cogate doctor: ${found}\n`)
    return 64
  }
  const { poolId, config } = found
  const cognito = await openCognito(poolId, env)
  try {
    const facts = await readPool(poolId, {
      cognito,
      paced: createPace(perSecond, { now: Date.now, wait }),
      now: Date.now,
      all: given.has('--all'),
      onProgress: (users) => isTerminal && given.has('--all') && warn(`${users} users\n`),
    })
    const diagnosis = diagnose(facts, config)
    print(given.has('--json') ? toJson(diagnosis, lang) : renderDiagnosis(diagnosis, { lang, colours }))
    return isGood(diagnosis.findings) ? 0 : 1
  } finally {
    cognito.destroy()
  }
}
