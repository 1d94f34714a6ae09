/**
 * Defects that nothing caught: each is one log line, none ends the process by itself. Whoever listens drains, for others'
 * requests are on their way.
 */

import type { Logger } from '../ops/log.ts'
import { describeError } from '../ops/log.ts'
import { Arrivals } from './arrivals.ts'

export interface Defects {
  /** So far. */
  readonly count: number
  /** As if nothing had caught it. */
  report(error: unknown): void
  /** The next one that nobody has taken yet. */
  next(): Promise<unknown>
}

/** From the call on Node no longer ends the process at an error or a rejection that nobody handles. */
export function listenForDefects(log: Logger): Defects {
  const arrivals = new Arrivals<'defect'>()
  let count = 0
  const report = (error: unknown): void => {
    count++
    log.fatal({ err: describeError(error) }, 'uncaught')
    arrivals.push('defect')
  }
  process.on('uncaughtException', report)
  process.on('unhandledRejection', report)
  return {
    get count() {
      return count
    },
    report,
    next: () => arrivals.next(),
  }
}
