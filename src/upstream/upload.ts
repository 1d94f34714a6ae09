/**
 * A request with a body onto an upstream connection: its head with the first bytes, the rest framed as it was received, as
 * fast as the upstream takes it. It must never take the caller's connection with it: what has no reader any more is read
 * and thrown away, for a connection closed on a caller who is still sending is reset, and the answer is lost with it.
 */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { releaseOnceWritten, smallChunkBytes } from './body-chunk.ts'

export interface RequestBody {
  /** The caller's request; never destroyed from here. */
  readonly stream: Readable
  /** Else the head has announced its length, and the stream is known to hold exactly that. */
  readonly chunked: boolean
  /** Undefined: no limit. The bytes up to it may have gone upstream; the request there is never completed. */
  readonly maxBytes?: number | undefined
}

export interface UploadRequest {
  /** Latin-1; leaves with the first bytes of the body, or alone when they are not there within this turn. Not held then. */
  readonly head: string
  readonly body: RequestBody
}

export interface UploadEvents {
  readonly onProgress: () => void
  /** The caller broke off, or sent more than it may: the request must not look complete. */
  readonly onBroken: (error: Error) => void
}

/** The body is larger than `maxBytes`. */
export class BodyLimitError extends Error {
  override readonly name = 'BodyLimitError'
}

export class Upload {
  readonly #socket: Socket
  readonly #body: RequestBody
  readonly #events: UploadEvents
  #unsentHead: string
  #leftBytes: number
  #over = false

  constructor(socket: Socket, { head, body }: UploadRequest, events: UploadEvents) {
    this.#socket = socket
    this.#body = body
    this.#events = events
    this.#unsentHead = head
    this.#leftBytes = body.maxBytes ?? Number.POSITIVE_INFINITY
    body.stream.on('data', this.#onData)
    body.stream.once('end', this.#onEnd)
    body.stream.once('error', this.#break)
    body.stream.once('close', this.#onClose)
    setImmediate(this.#sendHead)
  }

  get isOver(): boolean {
    return this.#over
  }

  resume(): void {
    if (!this.#over) this.#body.stream.resume()
  }

  /** Nothing more goes upstream: the answer is there already, or the connection lost. What still comes is thrown away. */
  stop(): void {
    if (this.#over) return
    this.#over = true
    this.#body.stream.off('data', this.#onData).off('end', this.#onEnd).resume()
  }

  readonly #sendHead = (): void => {
    if (this.#over || this.#unsentHead === '') return
    // It may have gone while it waited in line, before anybody listened.
    if (this.#body.stream.destroyed) this.#break(new Error('caller gone'))
    else this.#socket.write(this.#takeHead(), 'latin1')
  }

  #takeHead(): string {
    const head = this.#unsentHead
    this.#unsentHead = ''
    return head
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#leftBytes -= chunk.length
    if (this.#leftBytes < 0) {
      this.#break(new BodyLimitError('body over limits.body'))
      return
    }
    this.#events.onProgress()
    if (!this.#write(chunk)) this.#body.stream.pause()
  }

  readonly #onEnd = (): void => {
    this.#over = true
    const rest = this.#takeHead() + (this.#body.chunked ? '0\r\n\r\n' : '')
    if (rest !== '') this.#socket.write(rest, 'latin1')
  }

  /** After every body, too; one that ends without `end` and without an error has broken off all the same. */
  readonly #onClose = (): void => {
    if (!this.#over) this.#break(new Error('caller gone'))
  }

  readonly #break = (error: Error): void => {
    if (this.#over) return
    this.stop()
    this.#events.onBroken(error)
  }

  #write(chunk: Buffer): boolean {
    const { chunked } = this.#body
    const before = this.#takeHead() + (chunked ? `${chunk.length.toString(16)}\r\n` : '')
    const after = chunked ? '\r\n' : ''
    if (chunk.length <= smallChunkBytes) return this.#socket.write(before + chunk.toString('latin1') + after, 'latin1')
    if (before === '') return this.#socket.write(chunk, releaseOnceWritten(chunk))
    this.#socket.cork()
    this.#socket.write(before, 'latin1')
    const hasRoom = this.#socket.write(chunk, releaseOnceWritten(chunk))
    if (after !== '') this.#socket.write(after, 'latin1')
    this.#socket.uncork()
    return hasRoom
  }
}
