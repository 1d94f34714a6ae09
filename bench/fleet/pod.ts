/**
 * The keys of one pod: the real cache with its real timer, on the clock of the simulation. Looks of the timer at which nothing
 * can be due are left out; everything else happens when it would happen.
 */
import type { JwksConfig } from '../../src/config/config.ts'
import type { SetTimer } from '../../src/timer.ts'
import type { FetchKeys } from '../../src/tokens/keys/jwks.ts'
import { Jwks } from '../../src/tokens/keys/jwks.ts'
import { startKeyRefresh } from '../../src/tokens/keys/refresh.ts'
import type { EventClock } from './clock.ts'

const poolId = 'eu-west-1_Fleet0001'
const uris = ['cognito-idp', 'issuer-cognito-idp'].map(
  (host) => `https://${host}.eu-west-1.amazonaws.com/${poolId}/.well-known/jwks.json`,
)

export interface PodOptions {
  readonly clock: EventClock
  readonly settings: JwksConfig
  /** 0 to 1. */
  readonly random: () => number
  readonly fetch: FetchKeys
  /** Every look of the timer happens, as in a real process. */
  readonly everyLook: boolean
}

export interface Pod {
  /** A token with this kid comes. Whether the pod knows the key now. */
  ask(kid: string): boolean
  /** Whether it trusts any key now. */
  isReady(): boolean
}

export function startPod({ clock, settings, random, fetch, everyLook }: PodOptions): Pod {
  const ignore = () => {}
  const pools = [{ id: poolId, uris }]
  const jwks = new Jwks({ ...settings, pools, fetch, now: clock.now, random, onEvent: ignore, onWithdrawn: ignore })
  const timer = createTimer(clock, everyLook ? clock.now : () => jwks.nextDueAt())
  startKeyRefresh(jwks, { now: clock.now, setTimer: timer.set })
  const keys = jwks.pool(poolId)
  return {
    ask(kid) {
      const lookup = keys.find(kid, clock.now())
      if (lookup.kind === 'wait') void keys.refetch(kid)
      timer.look()
      return lookup.kind === 'found'
    },
    isReady: () => keys.status(clock.now()).ready,
  }
}

/** One look in a second, as `startKeyRefresh` plans them, without those before the last one in front of `dueAt`. */
function createTimer(clock: EventClock, dueAt: () => number): { readonly set: SetTimer; look(): void } {
  const planned = { run: () => {}, firstMs: 0, cancel: () => {} }
  const look = () => {
    planned.cancel()
    planned.cancel = clock.at(nextLook(planned.firstMs, { dueMs: dueAt(), nowMs: clock.now() }), planned.run)
  }
  return {
    look,
    set(run, delayMs) {
      Object.assign(planned, { run, firstMs: clock.now() + delayMs })
      look()
      return planned.cancel
    },
  }
}

const lookMs = 1000

/** Looks are at `firstMs` and a second apart after it. */
function nextLook(firstMs: number, { dueMs, nowMs }: { readonly dueMs: number; readonly nowMs: number }): number {
  const passed = Math.max(0, Math.ceil((nowMs - firstMs) / lookMs))
  const idle = Number.isFinite(dueMs) ? Math.max(0, Math.ceil((dueMs - firstMs) / lookMs) - 1) : 0
  return firstMs + Math.max(passed, idle) * lookMs
}
