/**
 * WebSockets whose two sides the gate speaks itself, message by message. The caller has its 101 before the upstream is
 * asked. Loaded only when the configuration says so: it brings libraries that nobody else needs.
 */
import type { IncomingMessage } from 'node:http'
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
  /** By the host name that each has in the plugin. */
  readonly #relays: Map<string, SocketRelay>
  readonly #handOver: HandOver
  #opened = 0
  #draining = false

  constructor(options: WebSocketOptions, relays: Map<string, SocketRelay>, handOver: HandOver) {
    this.#options = options
    this.#relays = relays
    this.#handOver = handOver
  }

  open(upgrade: Upgrade): void {
    const { req, res } = upgrade
    if (!isAcceptable(req)) {
      upgrade.onFailure('request_malformed', new Error('no WebSocket handshake'))
      return
    }
    const { socket } = req
    const host = `${++this.#opened}.relay.invalid`
    const relay = new SocketRelay({
      ...this.#options,
      upgrade,
      headers: upgrade.forwardHeaders(),
      onGone: () => this.#relays.delete(host),
    })
    this.#relays.set(host, relay)
    upgrade.onRelay(relay)
    // The plugin's answer is written on the connection itself; this one ends with it.
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

/** Whatever the plugin would refuse is refused before it, in the gate's own words. */
function isAcceptable({ rawHeaders, headers }: IncomingMessage): boolean {
  if (readHandshake(rawHeaders) === undefined) return false
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []
  return offered.every((name) => token.test(name)) && new Set(offered).size === offered.length
}

/** RFC 9110 section 5.6.2. */
const token = /^[\w!#$%&'*+.^`|~-]+$/
