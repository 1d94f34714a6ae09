/**
 * An upgrade on its way upstream. A 101 makes a tunnel of both connections; any other answer passes to the caller like
 * the answer to any request. The caller must never get an answer before the upstream has given one.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { callerHeaders } from '../../headers/response.ts'
import type { Forwarding } from '../forward.ts'
import { Answer } from '../forward.ts'
import type { ResponseHead } from '../response-head.ts'
import type { Handshake } from './handshake.ts'
import { switchHead, verifySwitch } from './handshake.ts'
import type { Tunnel } from './tunnel.ts'
import type { Upgrade } from './web-sockets.ts'

export interface OpeningParts {
  readonly forwarding: Pick<Upgrade, 'ownProtocol'> & Forwarding
  readonly handshake: Handshake
  /** Called once the upstream has accepted and the caller's 101 is written. */
  readonly open: (upstream: Socket) => Tunnel
}

export class Opening extends Answer {
  readonly #parts: OpeningParts
  readonly #early: EarlyBytes
  #head = ''

  constructor(parts: OpeningParts) {
    super(parts.forwarding)
    this.#parts = parts
    this.#early = new EarlyBytes(parts.forwarding.req.socket)
  }

  override onHead(head: ResponseHead): void {
    const { forwarding, handshake } = this.#parts
    if (head.status !== 101) {
      this.#early.take()
      forwarding.req.socket.resume()
      super.onHead(head)
      return
    }
    verifySwitch(head, handshake)
    forwarding.onAnswer()
    const passed = callerHeaders(head.headers, head.status, forwarding.requestId)
    this.#head = switchHead(forwarding.finish(passed), forwarding.ownProtocol)
  }

  onSwitch(upstream: Socket, rest: Buffer): void {
    const { forwarding, open } = this.#parts
    forwarding.req.socket.write(this.#head, 'latin1')
    open(upstream).start(this.#early.take(), rest)
  }
}

/** The head of the request that asks the upstream for the upgrade. `headers` are lines, each with its CRLF. */
export function upgradeHead({ url }: IncomingMessage, headers: string): string {
  return `GET ${url} HTTP/1.1\r\n${headers}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
}

const maxEarlyBytes = 64 * 1024

/**
 * Buffers up to 64 KiB that a caller sends while the upstream handshake is pending. Reading is also how we notice that
 * the caller has disconnected: its socket is then destroyed, and with it the exchange ends.
 */
class EarlyBytes {
  readonly #caller: Socket
  #kept: Buffer[] = []
  #size = 0

  constructor(caller: Socket) {
    this.#caller = caller
    caller.on('data', this.#keep)
    caller.once('end', this.#leave)
  }

  /** Returns the bytes and stops reading. From here on the connection belongs to whoever called this. */
  take(): Buffer {
    this.#caller.pause()
    this.#caller.off('data', this.#keep)
    this.#caller.off('end', this.#leave)
    return Buffer.concat(this.#kept)
  }

  readonly #keep = (chunk: Buffer): void => {
    this.#kept.push(chunk)
    this.#size += chunk.length
    if (this.#size >= maxEarlyBytes) this.#caller.pause()
  }

  readonly #leave = (): void => {
    this.#caller.destroy()
  }
}
