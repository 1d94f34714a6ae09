/**
 * WebSocket tunnels that are open or being opened: how one is asked for, and when it ends. A tunnel never outlives the
 * token that opened it.
 */
import type { Socket } from 'node:net'
import { readHandshake } from './handshake.ts'
import type { Exchange } from './http.ts'
import { Opening, upgradeHead } from './opening.ts'
import { Tunnel } from './tunnel.ts'
import type { Upstream } from './upstream.ts'

export interface TunnelOptions {
  readonly idleTimeoutMs: number
  readonly now: () => number
  readonly gauge: { inc(): void; dec(): void }
}

export interface Upgrade extends Exchange {
  /** Milliseconds; undefined on public routes. */
  readonly expiresAtMs: number | undefined
  /** Both sides have agreed: from here on the exchange is a WebSocket. */
  becomeTunnel(): void
}

const maxTimerMs = 2 ** 31 - 1

export class Tunnels {
  readonly #options: TunnelOptions
  readonly #callers = new Set<Socket>()
  readonly #tunnels = new Set<Tunnel>()
  #draining = false

  constructor(options: TunnelOptions) {
    this.#options = options
  }

  /** `headers` are the upstream's, final, as lines. */
  open(upstream: Upstream, upgrade: Upgrade, headers: string): void {
    const handshake = readHandshake(upgrade.req.rawHeaders)
    if (handshake === undefined) {
      upgrade.onFailure('request_malformed', new Error('no WebSocket handshake'))
      return
    }
    const { socket } = upgrade.req
    this.#callers.add(socket)
    socket.once('close', () => this.#callers.delete(socket))
    const opening = new Opening({
      exchange: upgrade,
      handshake,
      open: (opened) => this.#open(opened, upgrade),
    })
    upgrade.onRelay(opening)
    const request = { method: 'GET', head: upgradeHead(upgrade.req, headers), body: undefined, mayUpgrade: true }
    opening.ticket = upstream.dispatchAlone(request, opening)
  }

  /** Drain: the gate goes away (RFC 6455 section 7.4.1). */
  closeAll(): void {
    this.#draining = true
    for (const tunnel of this.#tunnels) tunnel.close(1001)
  }

  destroyAll(): void {
    for (const socket of this.#callers) socket.destroy()
    for (const tunnel of this.#tunnels) tunnel.destroy()
  }

  #open(upstream: Socket, upgrade: Upgrade): Tunnel {
    const { idleTimeoutMs, gauge } = this.#options
    const { socket } = upgrade.req
    const tunnel = new Tunnel(socket, upstream, () => this.#tunnels.delete(tunnel))
    upgrade.becomeTunnel()
    const expiry = this.#expireInTime(tunnel, upgrade.expiresAtMs)
    socket.setTimeout(idleTimeoutMs, () => tunnel.close(1001, 'idle'))
    this.#tunnels.add(tunnel)
    gauge.inc()
    socket.once('close', () => {
      clearTimeout(expiry)
      gauge.dec()
    })
    if (this.#draining) tunnel.close(1001)
    return tunnel
  }

  #expireInTime(tunnel: Tunnel, expiresAtMs: number | undefined): NodeJS.Timeout | undefined {
    if (expiresAtMs === undefined) return undefined
    const leftMs = Math.min(Math.max(expiresAtMs - this.#options.now(), 0), maxTimerMs)
    return setTimeout(() => tunnel.expire(), leftMs).unref()
  }
}
