/**
 * Watches whether the event loop keeps up: it does not when a timer fires too late. Knows no requests; a request reads one
 * boolean.
 */
import type { SetTimer } from '../timer.ts'
import { setUnrefTimer } from '../timer.ts'

export interface LoopWatch {
  readonly isLate: boolean
  /** In the last 15 to 30 seconds, never negative. Undefined: nothing is measured. */
  longestDelayMs(): number | undefined
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
  if (limitMs === undefined) return { isLate: false, longestDelayMs: () => undefined, stop: () => undefined }
  const longest = watchLongest()
  const watch = { isLate: false, longestDelayMs: longest.read, stop: () => cancel() }
  let contradictions = 0
  let dueAt = clock.now() + everyMs
  const look = (): void => {
    const delayMs = clock.now() - dueAt
    longest.add(delayMs)
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

/** Looks in a window of 15 seconds. */
const looksInWindow = 150

/** The longest delay of this window and of the one before. */
function watchLongest() {
  const windows = { current: 0, previous: 0, looks: 0 }
  return {
    add(delayMs: number): void {
      windows.current = Math.max(windows.current, delayMs)
      if (++windows.looks < looksInWindow) return
      windows.previous = windows.current
      windows.current = 0
      windows.looks = 0
    },
    read: () => Math.max(windows.current, windows.previous),
  }
}
