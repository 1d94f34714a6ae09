/**
 * Errors and rejections that nothing caught: each is a defect and one log line. None may end the process at once,
 * because requests are running: code that waits for `next` drains the process.
 */
import { describeError } from '../ops/describe-error.ts'
import type { Logger } from '../ops/log.ts'
import { Arrivals } from './arrivals.ts'

export interface Defects {
  /** How many there were so far. */
  readonly count: number
  /** Handles an error as if nothing had caught it. */
  report(error: unknown): void
  /** Resolves at the next defect that was not taken yet, even if it came before the call. */
  next(): Promise<unknown>
}

/** After this call Node.js no longer ends the process at an uncaught error or rejection. */
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
