/**
 * One connection to the upstream and the one exchange it carries. It is used again only after a complete answer to a
 * completely sent request; whatever else happens ends it, but an upgrade, which hands its socket over.
 */
import type { Socket } from 'node:net'
import type { ExchangeHandler, Resender, UpstreamRequest } from './exchange-handler.ts'
import type { ResponseHead } from './response-head.ts'
import { ResponseReader } from './response-reader.ts'
import { type RequestBody, Upload } from './upload.ts'

export interface ConnectionOptions {
  /** From the last byte sent to the head of the answer. */
  readonly responseTimeoutMs: number
  /** Without a byte in either direction, once the answer has begun. */
  readonly idleTimeoutMs: number
  /** Between two exchanges. */
  readonly keepAliveMs: number
  readonly onFree: (connection: Connection) => void
  readonly onGone: (connection: Connection) => void
}

export class UpstreamTimeoutError extends Error {
  override readonly name = 'UpstreamTimeoutError'
}

export class Connection {
  readonly openedAt = performance.now()
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #reader: ResponseReader
  #handler: ExchangeHandler | undefined
  #resender: Resender | undefined
  #upload: Upload | undefined
  #isUsed = false
  #answering = false
  #keepAlive = true
  #keepAliveMs: number
  #lastActivity = this.openedAt
  readonly #listeners = {
    data: (chunk: Buffer) => this.#onData(chunk),
    end: () => this.#onPeerEnd(),
    error: (error: Error) => this.#lose(error),
    close: () => this.#onClose(),
    drain: () => this.#upload?.resume(),
  }

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#keepAliveMs = options.keepAliveMs
    this.#reader = new ResponseReader({
      onHead: (head) => this.#onHead(head),
      onBody: (chunk) => this.#onBody(chunk),
      onEnd: () => this.#onEnd(),
      onSwitch: (rest) => this.#handOver(rest),
    })
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener)
  }

  /** `now` is that of `performance.now()`. */
  isUsable(now: number): boolean {
    if (this.#handler !== undefined || now - this.#lastActivity >= this.#keepAliveMs) return false
    return !this.#socket.destroyed && this.#socket.readable && this.#socket.writable
  }

  /** `resender`: only for a request that may be sent twice. */
  send({ method, writeHead, body, mayUpgrade }: UpstreamRequest, handler: ExchangeHandler, resender?: Resender): void {
    this.#handler = handler
    this.#resender = this.#isUsed ? resender : undefined
    this.#answering = false
    this.#touch()
    this.#reader.expect(method, mayUpgrade)
    this.#upload = body && this.#startUpload(writeHead(), body)
    if (body === undefined) this.#socket.write(writeHead(), 'latin1')
  }

  #startUpload(head: string, body: RequestBody): Upload {
    const onProgress = (): void => this.#touch()
    const onBroken = (error: Error): void => this.destroy(error)
    return new Upload(this.#socket, { head, body }, { onProgress, onBroken })
  }

  /** Its caller can take more. Nothing happens when the connection carries another exchange by now. */
  resume(handler: ExchangeHandler): void {
    if (this.#handler !== handler) return
    this.#touch()
    this.#socket.resume()
  }

  /** Its caller is gone. Nothing happens when the connection carries another exchange by now. */
  abort(handler: ExchangeHandler): void {
    if (this.#handler === handler) this.destroy()
  }

  /** Ends the connection; the running exchange, if any, fails with `error`, or silently without one. */
  destroy(error?: Error): void {
    const handler = this.#handler
    this.#handler = undefined
    this.#upload?.stop()
    this.#socket.destroy()
    if (error) handler?.onError(error)
  }

  /** Called every now and then: ends what has been silent for too long. */
  sweep(now: number): void {
    const silentMs = now - this.#lastActivity
    if (this.#handler === undefined) {
      if (silentMs >= this.#keepAliveMs) this.destroy()
      return
    }
    const limitMs = this.#isAwaitingHead() ? this.#options.responseTimeoutMs : this.#options.idleTimeoutMs
    if (silentMs >= limitMs) this.destroy(new UpstreamTimeoutError('no byte in time'))
  }

  /** Not while the caller pauses within its upload: that is no delay of the upstream. */
  #isAwaitingHead(): boolean {
    if (this.#answering) return false
    return this.#upload === undefined || this.#upload.isOver || this.#socket.writableNeedDrain
  }

  #touch(): void {
    this.#lastActivity = performance.now()
  }

  /** Before the head nothing counts as activity: interim answers or a head in drops must not put off its time limit. */
  #onData(chunk: Buffer): void {
    this.#resender = undefined
    if (this.#answering) this.#touch()
    try {
      this.#reader.push(chunk)
    } catch (error) {
      this.destroy(error as Error)
    }
    this.#handler?.onPause()
  }

  #onHead(head: ResponseHead): void {
    this.#answering = true
    this.#touch()
    this.#keepAlive = head.keepAlive
    this.#keepAliveMs = Math.min(this.#options.keepAliveMs, head.keepAliveMs)
    this.#handler?.onHead(head)
  }

  #onBody(chunk: Buffer | string): void {
    if (this.#handler?.onBody(chunk) === false) this.#socket.pause()
  }

  #onEnd(): void {
    const handler = this.#handler
    const sent = this.#upload === undefined || this.#upload.isOver
    this.#isUsed = true
    this.#handler = undefined
    this.#upload?.stop()
    // The caller may still be busy with the last bytes; that is no matter of the next one.
    if (this.#socket.isPaused()) this.#socket.resume()
    handler?.onEnd()
    // Not at once: bytes that came with the answer, or the end of the connection, must not meet the next request.
    if (sent && this.#keepAlive) setImmediate(this.#options.onFree, this)
    else this.destroy()
  }

  /** Nothing may flow until the new owner listens. */
  #handOver(rest: Buffer): void {
    const handler = this.#handler
    this.#handler = undefined
    this.#socket.pause()
    for (const [event, listener] of Object.entries(this.#listeners)) this.#socket.off(event, listener)
    this.#options.onGone(this)
    handler?.onSwitch?.(this.#socket, rest)
  }

  /** A close-delimited answer ends here; any other is cut. */
  #onPeerEnd(): void {
    if (!this.#reader.finish()) this.#lose(new Error('the upstream closed the connection'))
  }

  #onClose(): void {
    this.#lose(new Error('the upstream closed the connection'))
    this.#options.onGone(this)
  }

  /**
   * A used connection that ends without a byte of an answer was most likely being closed when the request was sent: the
   * upstream never saw it (RFC 9112 section 9.3.1).
   */
  #lose(error: Error): void {
    const resender = this.#handler && this.#resender
    this.destroy(resender ? undefined : error)
    resender?.onStale()
  }
}
