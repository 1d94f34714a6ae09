/**
 * What a gate does with WebSockets, and what it is told of one: `tunnels.ts` passes bytes, `relays.ts` passes messages.
 * Types only.
 */
import type { UpstreamConfig } from '../../config/config.ts'
import type { Forwarding } from '../forward.ts'
import type { Upstream } from '../upstream.ts'

export interface WebSockets {
  open(upgrade: Upgrade): void
  /** Drain: the gate goes away (RFC 6455 section 7.4.1). */
  closeAll(): void
  destroyAll(): void
}

export interface Upgrade extends Forwarding {
  /** Milliseconds; undefined on public routes. */
  readonly expiresAtMs: number | undefined
  /** The caller has its 101: from here on the exchange is a WebSocket. */
  becomeTunnel(): void
}

export interface WebSocketOptions {
  readonly upstream: Upstream
  readonly settings: Pick<UpstreamConfig, 'webSocket' | 'responseTimeoutMs' | 'idleTimeoutMs'>
  readonly now: () => number
  readonly gauge: { inc(): void; dec(): void }
}

const maxTimerMs = 2 ** 31 - 1

/** Undefined: it does not expire. A timer holds no more than 24 days, which no token lasts. */
export function expireInTime(
  expiresAtMs: number | undefined,
  nowMs: number,
  expire: () => void,
): NodeJS.Timeout | undefined {
  if (expiresAtMs === undefined) return undefined
  return setTimeout(expire, Math.min(Math.max(expiresAtMs - nowMs, 0), maxTimerMs)).unref()
}
