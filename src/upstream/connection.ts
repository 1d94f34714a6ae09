/**
 * One connection to the upstream, and the one exchange it carries. It must never be used again unless the request was
 * sent completely and the answer was read completely. Anything else ends it, except an upgrade, which takes its socket.
 */
import type { Socket } from 'node:net'
import type { ExchangeHandler, Resender, UpstreamRequest } from './exchange-handler.ts'
import type { ResponseHead, Tolerated } from './response-head.ts'
import { ResponseReader } from './response-reader.ts'
import type { SeenCloses } from './seen-closes.ts'
import { type RequestBody, Upload } from './upload.ts'

export interface ConnectionOptions {
  /** Limit from the last byte of the request to the head of the answer. */
  readonly responseTimeoutMs: number
  /** Limit without a byte in either direction, once the answer has begun. */
  readonly idleTimeoutMs: number
  /** How long an idle connection is kept for the next exchange. */
  readonly keepAliveMs: number
  /** How long the service certainly keeps an idle connection, where it does not say. At most `keepAliveMs`. */
  readonly certainMs: number
  /** False: a connection carries one exchange. */
  readonly reuses: boolean
  readonly tolerated: Tolerated
  /** Milliseconds, from any start. */
  readonly now: () => number
  /** The service has closed a connection that was idle for so long. */
  readonly onIdleClose: (idleMs: number) => void
  readonly onFree: (connection: Connection) => void
  readonly onGone: (connection: Connection) => void
}

export class UpstreamTimeoutError extends Error {
  override readonly name = 'UpstreamTimeoutError'
}

/**
 * A used connection that ends so soon behind a request was being closed when the request left. Later, the service has ended it
 * because of the request.
 */
const crossingMs = 250

export class Connection {
  readonly openedAt: number
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #reader: ResponseReader
  #handler: ExchangeHandler | undefined
  #resender: Resender | undefined
  #upload: Upload | undefined
  #isUsed = false
  #answering = false
  /** Bytes of the body were in the chunk that is being read. */
  #hasMoved = false
  #keepAlive = true
  /** Somebody may be logged in on it. */
  #isPrivate = false
  #keepAliveMs: number
  #certainMs: number
  #lastActivity: number
  /** Before the request under way, as long as no byte has answered it. Undefined on a connection that was not used. */
  #idleBeforeMs: number | undefined
  #isOver = false
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
    this.openedAt = options.now()
    this.#lastActivity = this.openedAt
    this.#keepAliveMs = options.keepAliveMs
    this.#certainMs = options.certainMs
    const sink = {
      onHead: (head: ResponseHead) => this.#onHead(head),
      onBody: (chunk: Buffer | string) => this.#onBody(chunk),
      onEnd: () => this.#onEnd(),
      onSwitch: (rest: Buffer) => this.#handOver(rest),
    }
    this.#reader = new ResponseReader(sink, options.tolerated)
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener)
  }

  /** True: the service is not about to close it. A request that may not be sent twice needs that. `now` as in `isUsable`. */
  isCertain(now: number, closes: SeenCloses): boolean {
    const idleMs = now - this.#lastActivity
    return idleMs < this.#certainMs && idleMs < closes.shortestMs(now) / 2
  }

  /** `now` is from the clock of the options. */
  isUsable(now: number): boolean {
    if (this.#handler !== undefined || now - this.#lastActivity >= this.#keepAliveMs) return false
    return !this.#socket.destroyed && this.#socket.readable && this.#socket.writable
  }

  /** Pass a `resender` only for a request that may be sent twice. */
  send(
    { method, writeHead, body, mayUpgrade, logsIn }: UpstreamRequest,
    handler: ExchangeHandler,
    resender?: Resender,
  ): void {
    this.#handler = handler
    this.#isPrivate = logsIn === true
    this.#resender = this.#isUsed ? resender : undefined
    this.#answering = false
    const now = this.#options.now()
    this.#idleBeforeMs = this.#isUsed ? now - this.#lastActivity : undefined
    this.#lastActivity = now
    this.#reader.expect(method, mayUpgrade)
    this.#upload = body && this.#startUpload(writeHead(), body)
    if (body === undefined) this.#socket.write(writeHead(), 'latin1')
  }

  #startUpload(head: string, body: RequestBody): Upload {
    const onProgress = (): void => this.#touch()
    const onBroken = (error: Error): void => this.destroy(error)
    return new Upload(this.#socket, { head, body }, { onProgress, onBroken })
  }

  /** Reads on, because the caller can take more. Does nothing if the connection carries another exchange by now. */
  resume(handler: ExchangeHandler): void {
    if (this.#handler !== handler) return
    this.#touch()
    this.#socket.resume()
  }

  /** Ends the connection, because the caller is gone. Does nothing if it carries another exchange by now. */
  abort(handler: ExchangeHandler): void {
    if (this.#handler === handler) this.destroy()
  }

  /** Ends the connection. A running exchange fails with `error`; without one, its handler is not told. */
  destroy(error?: Error): void {
    const handler = this.#handler
    this.#handler = undefined
    this.#isOver = true
    this.#upload?.stop()
    this.#socket.destroy()
    if (error) handler?.onError(error)
  }

  /** Called by a timer: ends the connection if it has been silent for longer than its limit. `now` as in `isUsable`. */
  sweep(now: number): void {
    const silentMs = now - this.#lastActivity
    if (this.#handler === undefined) {
      if (silentMs >= this.#keepAliveMs) this.destroy()
      return
    }
    const limitMs = this.#isAwaitingHead() ? this.#options.responseTimeoutMs : this.#options.idleTimeoutMs
    if (silentMs >= limitMs) this.destroy(new UpstreamTimeoutError('no byte in time'))
  }

  /** False while the caller pauses its upload: the upstream is not to blame for that delay. */
  #isAwaitingHead(): boolean {
    if (this.#answering) return false
    return this.#upload === undefined || this.#upload.isOver || this.#socket.writableNeedDrain
  }

  #touch(): void {
    this.#lastActivity = this.#options.now()
  }

  /**
   * Before the head no byte counts as activity, and after it only bytes of the body do: interim answers, a slow head, chunk
   * extensions and trailers must not extend the limits.
   */
  #onData(chunk: Buffer): void {
    this.#resender = undefined
    this.#idleBeforeMs = undefined
    const wasAnswering = this.#answering
    this.#hasMoved = false
    try {
      this.#reader.push(chunk)
    } catch (error) {
      this.destroy(error as Error)
    }
    if (wasAnswering && this.#hasMoved) this.#touch()
    if (this.#handler?.onPause() === false) this.#socket.pause()
  }

  #onHead(head: ResponseHead): void {
    this.#answering = true
    this.#touch()
    this.#keepAlive = head.keepAlive
    this.#keepAliveMs = Math.min(this.#options.keepAliveMs, head.keepAliveMs)
    this.#certainMs = Number.isFinite(head.keepAliveMs) ? this.#keepAliveMs : this.#options.certainMs
    this.#handler?.onHead(head)
  }

  #onBody(chunk: Buffer | string): void {
    this.#hasMoved = true
    if (this.#handler?.onBody(chunk) === false) this.#socket.pause()
  }

  #onEnd(): void {
    const handler = this.#handler
    const sent = this.#upload === undefined || this.#upload.isOver
    this.#isUsed = true
    this.#handler = undefined
    this.#upload?.stop()
    // Paused, because this caller is still writing the last bytes. The next exchange must not wait for that.
    if (this.#socket.isPaused()) this.#socket.resume()
    handler?.onEnd()
    // Not at once: surplus bytes behind the answer, or the end of the connection, must be seen before the next request.
    const isReusable = this.#keepAlive && this.#options.reuses && !this.#isPrivate
    if (sent && isReusable) setImmediate(this.#options.onFree, this)
    else this.destroy()
  }

  /** Gives the socket to the handler of an upgrade, paused, so that no byte is lost before the handler listens. */
  #handOver(rest: Buffer): void {
    const handler = this.#handler
    this.#handler = undefined
    this.#socket.pause()
    for (const [event, listener] of Object.entries(this.#listeners)) this.#socket.off(event, listener)
    this.#options.onGone(this)
    handler?.onSwitch?.(this.#socket, rest)
  }

  /** The end of the connection is the end of a close-delimited answer; it truncates any other. */
  #onPeerEnd(): void {
    if (!this.#reader.finish()) this.#lose(new Error('the upstream closed the connection'))
  }

  #onClose(): void {
    this.#lose(new Error('the upstream closed the connection'))
    this.#options.onGone(this)
  }

  /**
   * If a reused connection ends before the first byte of the answer, the upstream was most likely closing it already
   * and never saw the request (RFC 9112 section 9.3.1): the request is sent again if that is allowed.
   */
  #lose(error: Error): void {
    if (!this.#isOver) this.#reportIdleClose()
    const resender = this.#handler && this.#resender
    this.destroy(resender ? undefined : error)
    resender?.onStale()
  }

  #reportIdleClose(): void {
    const now = this.#options.now()
    const silentMs = now - this.#lastActivity
    if (this.#handler === undefined) this.#options.onIdleClose(silentMs)
    else if (this.#idleBeforeMs !== undefined && silentMs < crossingMs) this.#options.onIdleClose(this.#idleBeforeMs)
  }
}
