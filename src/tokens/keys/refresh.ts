/**
 * The clock of the JWKS cache: runs what is due. It naps for at most a second, so a kid that brings a round forward, a
 * laptop that slept and a clock that jumped need no case of their own; it never keeps the process alive.
 */
import type { SetTimer } from '../../timer.ts'
import { setUnrefTimer } from '../../timer.ts'
import type { Jwks } from './jwks.ts'

export interface KeyRefreshOptions {
  /** Milliseconds since the epoch; the clock of the cache. */
  readonly now: () => number
  /** Default: an unref'ed `setTimeout`. */
  readonly setTimer?: SetTimer
}

const shortestNapMs = 50
const longestNapMs = 1000

/** `stop` resolves when what was running is over. */
export function startKeyRefresh(
  jwks: Pick<Jwks, 'nextDueAt' | 'refreshDue'>,
  { now, setTimer = setUnrefTimer }: KeyRefreshOptions,
): { stop(): Promise<void> } {
  const nap = () => Math.min(Math.max(jwks.nextDueAt() - now(), shortestNapMs), longestNapMs)
  const run = () => {
    // Not awaited: a pool that hangs must not hold up the others. Its faults are events of the cache.
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
