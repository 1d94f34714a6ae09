/**
 * A timer as an argument, so that a test can be the clock. Never keeps the process alive.
 */

/** Returns what cancels the timer. */
export type SetTimer = (run: () => void, delayMs: number) => () => void

export function setUnrefTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs).unref()
  return () => clearTimeout(timer)
}
