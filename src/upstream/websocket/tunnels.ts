/**
 * All WebSocket tunnels of a gate, open or opening: how each is opened and when it ends. A tunnel must never outlive
 * the token that opened it.
 */
import type { Socket } from 'node:net'
import { readHandshake } from './handshake.ts'
import { Opening, upgradeHead } from './opening.ts'
import { Tunnel } from './tunnel.ts'
import type { Upgrade, WebSocketOptions, WebSockets } from './web-sockets.ts'
import { expireInTime } from './web-sockets.ts'

export class Tunnels implements WebSockets {
  readonly #options: WebSocketOptions
  /** Connections whose upgrade is pending or has become a tunnel. */
  readonly #callers = new Set<Socket>()
  readonly #tunnels = new Set<Tunnel>()
  #draining = false

  constructor(options: WebSocketOptions) {
    this.#options = options
  }

  get size(): number {
    return Math.max(this.#callers.size, this.#tunnels.size)
  }

  open(upgrade: Upgrade): void {
    const handshake = readHandshake(upgrade.offer)
    if (handshake === undefined) {
      upgrade.onFailure('request_malformed', new Error('not a WebSocket handshake of RFC 6455'))
      return
    }
    const { socket } = upgrade.req
    this.#callers.add(socket)
    socket.once('close', () => this.#callers.delete(socket))
    const opening = new Opening({
      forwarding: upgrade,
      handshake,
      open: (opened) => this.#open(opened, upgrade),
    })
    upgrade.onDispatch(opening)
    const writeHead = () => upgradeHead(upgrade.req, upgrade.writeHeaders())
    const request = { method: 'GET', writeHead, body: undefined, mayUpgrade: true }
    opening.ticket = this.#options.upstream.dispatchAlone(request, opening)
  }

  closeAll(): void {
    this.#draining = true
    for (const tunnel of this.#tunnels) tunnel.close(1001)
  }

  destroyAll(): void {
    for (const socket of this.#callers) socket.destroy()
    for (const tunnel of this.#tunnels) tunnel.destroy()
  }

  #open(upstream: Socket, upgrade: Upgrade): Tunnel {
    const { settings, now, gauge } = this.#options
    const { socket } = upgrade.req
    const tunnel = new Tunnel(socket, upstream, () => this.#tunnels.delete(tunnel))
    upgrade.becomeTunnel()
    const stopExpiry = expireInTime(upgrade, now, () => tunnel.expire())
    socket.setTimeout(settings.idleTimeoutMs, () => tunnel.close(1001, 'idle'))
    this.#tunnels.add(tunnel)
    gauge.inc()
    socket.once('close', () => {
      stopExpiry()
      gauge.dec()
    })
    if (this.#draining) tunnel.close(1001)
    return tunnel
  }
}
