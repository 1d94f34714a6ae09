/**
 * An upgrade on its way upstream: the caller is answered by what the upstream says, never before it. 101 makes a tunnel of
 * both connections; any other answer is passed as that of any request.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Forwarding } from '../forward.ts'
import { Answer } from '../forward.ts'
import type { ResponseHead } from '../response-head.ts'
import type { Handshake } from './handshake.ts'
import { switchHead, verifySwitch } from './handshake.ts'
import type { Tunnel } from './tunnel.ts'

export interface OpeningParts {
  readonly forwarding: Forwarding
  readonly handshake: Handshake
  /** Both sides have agreed, and the caller has been told. */
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
    this.#head = switchHead(head, forwarding.requestId)
  }

  onSwitch(upstream: Socket, rest: Buffer): void {
    const { forwarding, open } = this.#parts
    forwarding.req.socket.write(this.#head, 'latin1')
    open(upstream).start(this.#early.take(), rest)
  }
}

/** As any request goes, and the ends' own words for what they become. */
export function upgradeHead({ url }: IncomingMessage, headers: string): string {
  return `GET ${url} HTTP/1.1\r\n${headers}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
}

const maxKeptBytes = 64 * 1024

export class EarlyBytes {
  readonly #caller: Socket
  #kept: Buffer[] = []
  #size = 0

  constructor(caller: Socket) {
    this.#caller = caller
    caller.on('data', this.#keep)
    caller.once('end', this.#leave)
  }

  /** It is told nothing any more; the bytes are the next one's. */
  take(): Buffer {
    this.#caller.pause()
    this.#caller.off('data', this.#keep)
    this.#caller.off('end', this.#leave)
    return Buffer.concat(this.#kept)
  }

  readonly #keep = (chunk: Buffer): void => {
    this.#kept.push(chunk)
    this.#size += chunk.length
    if (this.#size >= maxKeptBytes) this.#caller.pause()
  }

  readonly #leave = (): void => {
    this.#caller.destroy()
  }
}
