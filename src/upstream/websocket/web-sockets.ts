/**
 * What tunnels (`tunnels.ts`, raw bytes) and relays (`relays.ts`, checked messages) have in common: their interface to
 * the gate, and the timer that ends them when their token expires. It must never import either of the two.
 */
import type { UpstreamConfig } from '../../config/config.ts'
import type { Forwarding } from '../forward.ts'
import type { Upstream } from '../upstream.ts'

export interface WebSockets {
  /** Call this only for an upgrade that was allowed. */
  open(upgrade: Upgrade): void
  /** For a drain: closes with 1001 (RFC 6455 section 7.4.1) what is open, and what opens later. */
  closeAll(): void
  /** Destroys every connection without a close frame. */
  destroyAll(): void
}

export interface Upgrade extends Forwarding {
  /** Expiry of the token in milliseconds since the epoch; undefined on public routes. */
  readonly expiresAtMs: number | undefined
  /** Call this once the caller has its 101: from then on the exchange counts as a WebSocket, in a tunnel or relayed. */
  becomeTunnel(): void
}

export interface WebSocketOptions {
  readonly upstream: Upstream
  readonly settings: Pick<UpstreamConfig, 'webSocket' | 'responseTimeoutMs' | 'idleTimeoutMs'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Counts open WebSockets. */
  readonly gauge: { inc(): void; dec(): void }
}

/** A longer timer would fire at once. These 24 days are longer than any Cognito access or ID token lives (24 hours). */
const maxTimerMs = 2 ** 31 - 1

/** Calls `expire` when the token expires, or at once if it has expired. Returns undefined if there is no expiry. */
export function expireInTime(
  expiresAtMs: number | undefined,
  nowMs: number,
  expire: () => void,
): NodeJS.Timeout | undefined {
  if (expiresAtMs === undefined) return undefined
  return setTimeout(expire, Math.min(Math.max(expiresAtMs - nowMs, 0), maxTimerMs)).unref()
}
