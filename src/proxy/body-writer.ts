/**
 * A request body onto an upstream connection, framed as it was received, as fast as the upstream takes it.
 */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { releaseOnceWritten } from './release.ts'

export interface RequestBody {
  readonly stream: Readable
  /** Else the head has announced its length, and the stream is known to hold exactly that. */
  readonly chunked: boolean
}

export interface WriterEvents {
  readonly onProgress: () => void
  /** The caller broke off, or sent more than it may: the request must not look complete. */
  readonly onBroken: (error: Error) => void
}

export class BodyWriter {
  readonly #socket: Socket
  readonly #body: RequestBody
  readonly #events: WriterEvents
  #over = false

  constructor(socket: Socket, body: RequestBody, events: WriterEvents) {
    this.#socket = socket
    this.#body = body
    this.#events = events
    const { stream } = body
    stream.on('data', this.#onData)
    stream.once('end', this.#onEnd)
    stream.once('error', this.#onError)
  }

  get isOver(): boolean {
    return this.#over
  }

  resume(): void {
    if (!this.#over) this.#body.stream.resume()
  }

  /** The answer is here before the end of the request: the rest has no reader upstream. */
  stop(): void {
    if (this.#over) return
    this.#over = true
    const { stream } = this.#body
    stream.off('data', this.#onData)
    stream.off('end', this.#onEnd)
    stream.destroy()
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#events.onProgress()
    if (!this.#write(chunk)) this.#body.stream.pause()
  }

  readonly #onEnd = (): void => {
    this.#over = true
    if (this.#body.chunked) this.#socket.write('0\r\n\r\n', 'latin1')
  }

  readonly #onError = (error: Error): void => {
    if (this.#over) return
    this.#over = true
    this.#events.onBroken(error)
  }

  #write(chunk: Buffer): boolean {
    if (!this.#body.chunked) return this.#socket.write(chunk, releaseOnceWritten(chunk))
    this.#socket.cork()
    this.#socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
    this.#socket.write(chunk, releaseOnceWritten(chunk))
    const hasRoom = this.#socket.write('\r\n', 'latin1')
    this.#socket.uncork()
    return hasRoom
  }
}
