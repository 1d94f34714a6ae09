/**
 * When a worker that ended is started again: at once, unless it keeps ending soon after its start. Arithmetic only.
 */

export interface Restart {
  /** How many ends in a row came soon after a start, this one included. An end after a long run counts as the first. */
  readonly quickEnds: number
  readonly delayMs: number
}

/** The end of a worker that ran this long has nothing to do with its start. */
const settledMs = 60_000
const firstDelayMs = 1000
const longestDelayMs = 30_000

/** `earlier` is the `quickEnds` of the end before, `livedMs` how long the worker has run. */
export function planRestart(earlier: number, livedMs: number): Restart {
  const quickEnds = livedMs >= settledMs ? 1 : earlier + 1
  return { quickEnds, delayMs: quickEnds === 1 ? 0 : Math.min(firstDelayMs * 2 ** (quickEnds - 2), longestDelayMs) }
}
