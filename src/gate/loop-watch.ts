/**
 * Watches whether the event loop keeps up: it does not when a timer fires too late. Knows no requests; a request reads one
 * boolean.
 */
import type { SetTimer } from '../timer.ts'
import { setUnrefTimer } from '../timer.ts'

export interface LoopWatch {
  readonly isLate: boolean
  stop(): void
}

export interface LoopClock {
  /** Milliseconds, of a clock that never jumps. */
  readonly now: () => number
  readonly setTimer: SetTimer
}

export interface LoopWatchOptions {
  /** Undefined: the loop is never called late. */
  readonly limitMs: number | undefined
  readonly onChange: (isLate: boolean, delayMs: number) => void
  /** Default: the system's. */
  readonly clock?: LoopClock | undefined
}

const everyMs = 100
/** One long pause is not overload: the machine may have slept, or the process may have been stopped. */
const looksUntilLate = 2
/** Hysteresis: shedding ends after five checks in a row below half the limit. */
const looksUntilCalm = 5

const systemClock: LoopClock = { now: () => performance.now(), setTimer: setUnrefTimer }

export function watchLoop({ limitMs, onChange, clock = systemClock }: LoopWatchOptions): LoopWatch {
  if (limitMs === undefined) return { isLate: false, stop: () => undefined }
  const watch = { isLate: false, stop: () => cancel() }
  let contradictions = 0
  let dueAt = clock.now() + everyMs
  const look = (): void => {
    const delayMs = clock.now() - dueAt
    const contradicts = watch.isLate ? delayMs <= limitMs / 2 : delayMs > limitMs
    contradictions = contradicts ? contradictions + 1 : 0
    if (contradictions === (watch.isLate ? looksUntilCalm : looksUntilLate)) {
      contradictions = 0
      watch.isLate = !watch.isLate
      onChange(watch.isLate, delayMs)
    }
    dueAt = clock.now() + everyMs
    cancel = clock.setTimer(look, everyMs)
  }
  let cancel = clock.setTimer(look, everyMs)
  return watch
}
