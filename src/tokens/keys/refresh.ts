/**
 * The timer of the JWKS cache: starts the rounds that are due, and looks again after at most a second. So a kid that
 * brings a round forward, a laptop that slept and a clock that jumped need no special case. Never keeps the process
 * alive.
 */
import type { SetTimer } from '../../timer.ts'
import { setUnrefTimer } from '../../timer.ts'
import type { Jwks } from './jwks.ts'

export interface KeyRefreshOptions {
  /** Milliseconds since the epoch; the clock of the cache. */
  readonly now: () => number
  /** Default: `setUnrefTimer`. */
  readonly setTimer?: SetTimer
}

const shortestNapMs = 50
const longestNapMs = 1000

/** `stop` resolves when the running rounds are over. */
export function startKeyRefresh(
  jwks: Pick<Jwks, 'nextDueAt' | 'refreshDue'>,
  { now, setTimer = setUnrefTimer }: KeyRefreshOptions,
): { stop(): Promise<void> } {
  const nap = () => Math.min(Math.max(jwks.nextDueAt() - now(), shortestNapMs), longestNapMs)
  const run = () => {
    // Not awaited: a slow pool must not delay the others. The cache reports faults as events.
    running = jwks.refreshDue().catch(() => {})
    cancel = setTimer(run, nap())
  }
  let running = Promise.resolve()
  let cancel = setTimer(run, 0)
  return {
    stop() {
      cancel()
      return running
    },
  }
}
