/**
 * What tunnels (`tunnels.ts`, raw bytes) and relays (`relays.ts`, checked messages) have in common: their interface to
 * the gate, and the timer that ends them when their token expires. It must never import either of the two.
 */
import type { UpstreamConfig } from '../../config/config.ts'
import type { Forwarding } from '../forward.ts'
import type { Upstream } from '../upstream.ts'

export interface WebSockets {
  /** Connections that are open or opening. */
  readonly size: number
  /** Call this only for an upgrade that was allowed. */
  open(upgrade: Upgrade): void
  /** For a drain: closes with 1001 (RFC 6455 section 7.4.1) what is open, and what opens later. */
  closeAll(): void
  /** Destroys every connection without a close frame. */
  destroyAll(): void
}

export interface Upgrade extends Forwarding {
  /** The lines of the request without its credential: name, value, name, value … */
  readonly offer: readonly string[]
  /** The subprotocol of the answer where the service chooses none; undefined: there is then none. */
  readonly ownProtocol: string | undefined
  /** Expiry of the token in milliseconds since the epoch; undefined on public routes. */
  readonly expiresAtMs: number | undefined
  /** Of the session that has opened it; undefined for a token of the caller's own. */
  readonly lease: Lease | undefined
  /** Call this once the caller has its 101: from then on the exchange counts as a WebSocket, in a tunnel or relayed. */
  becomeTunnel(): void
}

export interface Lease {
  /** Until when it is good beyond `from`, in milliseconds since the epoch; undefined: it is not. */
  extend(from: number): Promise<number | undefined>
  /** Calls `run` when the session ends in this process. Returns what forgets it. */
  onEnd(run: () => void): () => void
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

/**
 * Calls `expire` when the token expires, or at once if it has expired: never without an expiry. With a session, the session is
 * asked first, and its end here counts too. Returns what cancels it.
 */
export function expireInTime(
  { expiresAtMs, lease }: Pick<Upgrade, 'expiresAtMs' | 'lease'>,
  now: () => number,
  expire: () => void,
): () => void {
  if (expiresAtMs === undefined) return () => undefined
  const state = { isOpen: true, timer: undefined as NodeJS.Timeout | undefined }
  const forget = lease?.onEnd(expire)
  const arm = (until: number) => {
    const delayMs = Math.min(Math.max(until - now(), 0), maxTimerMs)
    state.timer = setTimeout(() => (lease ? void prolong(lease, until) : expire()), delayMs).unref()
  }
  const prolong = async (session: Lease, until: number) => {
    const next = await session.extend(until).catch(() => undefined)
    if (!state.isOpen) return
    if (next !== undefined && next > until) arm(next)
    else expire()
  }
  arm(expiresAtMs)
  return () => {
    state.isOpen = false
    clearTimeout(state.timer)
    forget?.()
  }
}
