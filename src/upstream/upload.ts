/**
 * Writes a request with a body to an upstream connection: the head with the first bytes of the body, then the rest,
 * framed as it was received and no faster than the upstream takes it. It must never destroy the caller's stream:
 * closing the connection of a caller who is still sending resets it, and the answer is lost. What is not needed is read
 * and dropped.
 */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { releaseOnceWritten, smallChunkBytes } from './body-chunk.ts'

export interface RequestBody {
  /** The caller's request. */
  readonly stream: Readable
  /** False: the head announces the length, and Node's parser makes sure that the stream holds exactly that. */
  readonly chunked: boolean
  /** Undefined: no limit. Over the limit, bytes may have gone upstream already, but the request is never completed. */
  readonly maxBytes?: number | undefined
}

export interface UploadRequest {
  /**
   * Latin-1. Written together with the first body chunk, or alone if none arrives in this event-loop turn; dropped once
   * written.
   */
  readonly head: string
  readonly body: RequestBody
}

export interface UploadEvents {
  readonly onProgress: () => void
  /** The caller broke off, or sent more than `maxBytes`. The request upstream must not look complete. */
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

  /** Sends nothing more, because the answer is complete or the connection lost. Drops what the caller still sends. */
  stop(): void {
    if (this.#over) return
    this.#over = true
    this.#body.stream.off('data', this.#onData).off('end', this.#onEnd).resume()
  }

  readonly #sendHead = (): void => {
    if (this.#over || this.#unsentHead === '') return
    // The caller may have left while the request waited in the queue, before this class listened.
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

  /** Called after every body. If `end` did not come before, the caller broke off, even if there was no error. */
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
