/**
 * Timers as arguments, so that a test can be the clock, and sweeps. Code that is given a timer never calls `setTimeout`
 * itself.
 */

/** Calls `run` once, after `delayMs`. Returns what cancels the timer. */
export type SetTimer = (run: () => void, delayMs: number) => () => void

/** Node.js fires a timer with a longer delay at once. */
const longestDelayMs = 2 ** 31 - 1

/** Keeps the process alive until it has fired or is cancelled. A delay of more than 24 days is cut to them. */
export function setTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, Math.min(delayMs, longestDelayMs))
  return () => clearTimeout(timer)
}

/** As `setTimer`, but the process may end before it fires. */
export function setUnrefTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, Math.min(delayMs, longestDelayMs)).unref()
  return () => clearTimeout(timer)
}

const longestSweepMs = 1000

/**
 * Runs `sweep` again and again, for limits of which `shortestMs` is the shortest: one sweep over all connections costs
 * less than a timer for each. A limit is met within a quarter of itself, or within a second. Returns what ends it.
 */
export function startSweep(shortestMs: number, sweep: () => void): () => void {
  const timer = setInterval(sweep, Math.min(longestSweepMs, Math.ceil(shortestMs / 4))).unref()
  return () => clearInterval(timer)
}
