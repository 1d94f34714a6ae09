/**
 * WebSockets whose two sides the gate speaks itself, message by message. The caller has its 101 before the upstream is
 * asked. Loaded only when the configuration says so: it brings libraries that nobody else needs.
 */
import type { IncomingMessage } from 'node:http'
import { readHandshake } from './handshake.ts'
import type { HandOver } from './relay-plugin.ts'
import { mountProxy } from './relay-plugin.ts'
import { SocketRelay } from './socket-relay.ts'
import type { Upgrade, WebSocketOptions, WebSockets } from './web-sockets.ts'

export async function createRelays(options: WebSocketOptions): Promise<WebSockets> {
  return new Relays(await mountProxy(), options)
}

class Relays implements WebSockets {
  readonly #handOver: HandOver
  readonly #options: WebSocketOptions
  readonly #relays = new Set<SocketRelay>()
  #draining = false

  constructor(handOver: HandOver, options: WebSocketOptions) {
    this.#handOver = handOver
    this.#options = options
  }

  open(upgrade: Upgrade): void {
    const { req, res } = upgrade
    if (!isAcceptable(req)) {
      upgrade.onFailure('request_malformed', new Error('no WebSocket handshake'))
      return
    }
    const { socket } = req
    const relay = new SocketRelay({
      ...this.#options,
      upgrade,
      headers: upgrade.writeHeaders(),
      onGone: () => this.#relays.delete(relay),
    })
    this.#relays.add(relay)
    upgrade.onDispatch(relay)
    // The plugin's answer is written on the connection itself; this one ends with it.
    res.detachSocket(socket)
    socket.once('close', () => res.destroy().emit('close'))
    if (this.#draining) relay.leave()
    this.#handOver(req, relay)
  }

  closeAll(): void {
    this.#draining = true
    for (const relay of this.#relays) relay.leave()
  }

  destroyAll(): void {
    for (const relay of this.#relays) relay.destroy()
  }
}

/** Whatever the plugin would refuse is refused before it, in the gate's own words. */
function isAcceptable({ rawHeaders, headers }: IncomingMessage): boolean {
  if (readHandshake(rawHeaders) === undefined) return false
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []
  return offered.every((name) => token.test(name)) && new Set(offered).size === offered.length
}

/** RFC 9110 section 5.6.2. */
const token = /^[\w!#$%&'*+.^`|~-]+$/
