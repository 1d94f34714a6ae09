/**
 * When a worker that ended is started again: at once, unless it keeps ending soon after its start. Arithmetic only.
 */

export interface Restart {
  /** Ends in a row, none of them long after its start. */
  readonly quickEnds: number
  readonly delayMs: number
}

/** A worker that lived this long was not brought down by its start. */
const settledMs = 60_000
const firstDelayMs = 1000
const longestDelayMs = 30_000

/** `earlier` are the `quickEnds` of the end before; `livedMs` is how long this one ran. */
export function planRestart(earlier: number, livedMs: number): Restart {
  const quickEnds = livedMs >= settledMs ? 1 : earlier + 1
  return { quickEnds, delayMs: quickEnds === 1 ? 0 : Math.min(firstDelayMs * 2 ** (quickEnds - 2), longestDelayMs) }
}
