/**
 * Timers as arguments, so that a test can be the clock, and sweeps. None of them keeps the process alive.
 */

/** Returns what cancels the timer. */
export type SetTimer = (run: () => void, delayMs: number) => () => void

export function setUnrefTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs).unref()
  return () => clearTimeout(timer)
}

const longestSweepMs = 1000

/**
 * Runs `sweep` again and again, for limits of which `shortestMs` is the shortest: one sweep over all connections costs less
 * than a timer for each. A limit is met within a quarter of itself, or within a second. Returns what ends it.
 */
export function startSweep(shortestMs: number, sweep: () => void): () => void {
  const timer = setInterval(sweep, Math.min(longestSweepMs, Math.ceil(shortestMs / 4))).unref()
  return () => clearInterval(timer)
}
