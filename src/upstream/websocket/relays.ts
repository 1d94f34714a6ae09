/**
 * All relayed WebSockets of a gate: it speaks WebSocket with both sides and passes on whole, checked messages. The
 * caller gets its 101 before the upstream is asked. This file loads libraries that nothing else needs: a gate that does
 * not relay must never import it.
 */
import { valuesOf } from '../../headers/lines.ts'
import { readHandshake } from './handshake.ts'
import type { HandOver } from './relay-plugin.ts'
import { mountPlugin } from './relay-plugin.ts'
import { SocketRelay } from './socket-relay.ts'
import type { Upgrade, WebSocketOptions, WebSockets } from './web-sockets.ts'

export async function createRelays(options: WebSocketOptions): Promise<WebSockets> {
  const relays = new Map<string, SocketRelay>()
  return new Relays(options, relays, await mountPlugin(relays))
}

class Relays implements WebSockets {
  readonly #options: WebSocketOptions
  /** The key is the made-up host name by which the plugin knows the relay. */
  readonly #relays: Map<string, SocketRelay>
  readonly #handOver: HandOver
  #opened = 0
  #draining = false

  constructor(options: WebSocketOptions, relays: Map<string, SocketRelay>, handOver: HandOver) {
    this.#options = options
    this.#relays = relays
    this.#handOver = handOver
  }

  get size(): number {
    return this.#relays.size
  }

  open(upgrade: Upgrade): void {
    const { req, res } = upgrade
    const offered = valuesOf(upgrade.offer, 'sec-websocket-protocol').join(', ')
    // An empty list offers nothing (RFC 9110 section 5.6.1). The plugin would refuse it.
    if (offered.trim() === '') delete req.headers['sec-websocket-protocol']
    else req.headers['sec-websocket-protocol'] = offered
    if (!isAcceptable(upgrade)) {
      upgrade.onFailure('request_malformed', new Error('not a WebSocket handshake of RFC 6455'))
      return
    }
    const { socket } = req
    const host = `${++this.#opened}.relay.invalid`
    const relay = new SocketRelay({
      ...this.#options,
      upgrade,
      headers: upgrade.writeHeaders(),
      onGone: () => this.#relays.delete(host),
    })
    this.#relays.set(host, relay)
    upgrade.onDispatch(relay)
    // The plugin writes its answer to the connection itself. `res` is not used again, and closes with the connection.
    res.detachSocket(socket)
    socket.once('close', () => res.destroy().emit('close'))
    if (this.#draining) relay.leave()
    this.#handOver(req, host)
  }

  closeAll(): void {
    this.#draining = true
    for (const relay of this.#relays.values()) relay.leave()
  }

  destroyAll(): void {
    for (const relay of this.#relays.values()) relay.destroy()
  }
}

/** Checks all that the plugin would refuse, so that the caller gets the gate's answer and not the plugin's. */
function isAcceptable({ offer, req }: Pick<Upgrade, 'offer' | 'req'>): boolean {
  if (readHandshake(offer) === undefined) return false
  const offered = req.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []
  return offered.every((name) => token.test(name)) && new Set(offered).size === offered.length
}

/** `token` of RFC 9110 section 5.6.2. */
const token = /^[\w!#$%&'*+.^`|~-]+$/
