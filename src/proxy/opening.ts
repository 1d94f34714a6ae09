/**
 * An upgrade on its way upstream: the caller is answered by what the upstream says, never before it. 101 makes a tunnel of
 * both connections; any other answer is passed as that of any request.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { EarlyBytes } from './early-bytes.ts'
import type { Handshake } from './handshake.ts'
import { switchHead, verifySwitch } from './handshake.ts'
import type { Exchange } from './http.ts'
import { Relay } from './http.ts'
import type { ResponseHead } from './response-head.ts'
import type { Tunnel } from './tunnel.ts'

export interface OpeningParts {
  readonly exchange: Exchange
  readonly handshake: Handshake
  /** Both sides have agreed, and the caller has been told. */
  readonly open: (upstream: Socket) => Tunnel
}

export class Opening extends Relay {
  readonly #parts: OpeningParts
  readonly #early: EarlyBytes
  #head = ''

  constructor(parts: OpeningParts) {
    super(parts.exchange)
    this.#parts = parts
    this.#early = new EarlyBytes(parts.exchange.req.socket)
  }

  override onHead(head: ResponseHead): void {
    const { exchange, handshake } = this.#parts
    if (head.status !== 101) {
      this.#early.take()
      exchange.req.socket.resume()
      super.onHead(head)
      return
    }
    verifySwitch(head, handshake)
    exchange.onAnswer()
    this.#head = switchHead(head, exchange.requestId)
  }

  onSwitch(upstream: Socket, rest: Buffer): void {
    const { exchange, open } = this.#parts
    exchange.req.socket.write(this.#head, 'latin1')
    open(upstream).start(this.#early.take(), rest)
  }
}

/** As any request goes, and the ends' own words for what they become. */
export function upgradeHead({ url }: IncomingMessage, headers: string): string {
  return `GET ${url} HTTP/1.1\r\n${headers}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
}
