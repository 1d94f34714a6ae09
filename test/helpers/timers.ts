/** Timers that fire only when time is moved on; the clock is theirs. */
import type { SetTimer } from '../../src/timer.ts'

export interface Timers {
  /** Milliseconds since the first moment. */
  readonly now: () => number
  readonly setTimer: SetTimer
  /** How many have neither fired nor been cancelled. */
  readonly waiting: number
  advance(ms: number): void
}

export function createTimers(): Timers {
  const timers = new Set<{ readonly run: () => void; readonly dueAt: number }>()
  let nowMs = 0
  return {
    now: () => nowMs,
    setTimer(run, delayMs) {
      const timer = { run, dueAt: nowMs + delayMs }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    get waiting() {
      return timers.size
    },
    advance(ms) {
      nowMs += ms
      for (const timer of [...timers].filter(({ dueAt }) => dueAt <= nowMs)) {
        timers.delete(timer)
        timer.run()
      }
    },
  }
}
