/**
 * The hot path: one HTTP exchange, streamed both ways with backpressure. Bodies are never parsed, buffered or sent twice;
 * a body that breaks off breaks off for the caller too.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { callerHeaders } from '../headers/response.ts'
import type { Reason } from '../reasons.ts'
import { releaseOnceWritten, smallChunkBytes } from './body-chunk.ts'
import type { ExchangeHandler } from './exchange-handler.ts'
import { isTooLong, readFraming, requestHead } from './request-head.ts'
import type { ResponseHead } from './response-head.ts'
import type { Ticket } from './ticket.ts'
import type { Upstream } from './upstream.ts'
import { failureReason } from './upstream.ts'

export interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly requestId: string
  /** Undefined: no limit. */
  readonly maxBodyBytes: number | undefined
  /** The upstream's header lines, final; the same whenever it is asked for them. */
  forwardHeaders(): string
  /** It goes upstream from here on, and the upstream's time runs; `relayed` is told when the answer is over or its caller gone. */
  onRelay(relayed: Relayed): void
  /** The head of the upstream's answer is here. */
  onAnswer(): void
  /** Called at most once. Nothing of the answer has left when `res.headersSent` is false. */
  onFailure(reason: Reason, error: Error): void
}

export interface Relayed {
  onCallerGone(): void
}

export function relay(upstream: Upstream, exchange: Exchange): void {
  const { req, res, maxBodyBytes } = exchange
  const framing = readFraming(req)
  if (isTooLong(framing, maxBodyBytes)) {
    exchange.onFailure('request_too_large', new Error('content-length over limits.body'))
    return
  }
  const relayed = new Relay(exchange)
  exchange.onRelay(relayed)
  res.on('error', ignore)
  if (framing.expectsContinue) res.writeContinue()
  const hasBody = framing.chunked || framing.length > 0
  const request = {
    method: req.method ?? 'GET',
    writeHead: () => requestHead(req, exchange.forwardHeaders(), framing),
    body: hasBody ? { stream: req, chunked: framing.chunked, maxBytes: maxBodyBytes } : undefined,
  }
  relayed.ticket = upstream.pool.dispatch(request, relayed)
}

function ignore(): void {
  // A write that meets a connection just lost: `close` follows and ends the exchange.
}

/** An answer on its way to its caller. */
export class Relay implements ExchangeHandler, Relayed {
  ticket: Ticket | undefined
  readonly #exchange: Exchange
  #remaining = -1
  #settled = false
  #holdsHead = false
  #paused = false

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  onHead({ status, statusText, headers, body }: ResponseHead): void {
    const { res, requestId } = this.#exchange
    this.#exchange.onAnswer()
    if (body.kind === 'length') this.#remaining = body.bytes
    res.writeHead(status, statusText, callerHeaders(headers, status, requestId))
    this.#holdsHead = body.kind !== 'none'
  }

  /** A head without a first byte of body (an event stream, a slow report) is not held back. */
  onPause(): void {
    if (!this.#holdsHead) return
    this.#holdsHead = false
    this.#exchange.res.flushHeaders()
  }

  onBody(chunk: Buffer | string): boolean {
    const { res } = this.#exchange
    this.#remaining -= chunk.length
    if (this.#remaining === 0) {
      this.#end(chunk)
      return true
    }
    this.#holdsHead = false
    if (write(res, chunk)) return true
    if (!this.#paused) res.once('drain', () => this.#resume())
    this.#paused = true
    return false
  }

  /** The end may have come within the bytes that filled the caller's buffers: the connection is another's by now. */
  #resume(): void {
    this.#paused = false
    if (!this.#settled) this.ticket?.resume()
  }

  onEnd(): void {
    if (!this.#settled) this.#end()
  }

  onError(error: Error): void {
    if (this.#settled) return
    this.#settled = true
    this.#exchange.onFailure(failureReason(error), error)
  }

  onCallerGone(): void {
    if (this.#settled) return
    this.#settled = true
    this.ticket?.abort()
  }

  #end(chunk?: Buffer | string): void {
    this.#settled = true
    const { res } = this.#exchange
    if (chunk === undefined) res.end()
    else if (typeof chunk === 'string') res.end(chunk, 'latin1')
    else if (chunk.length > smallChunkBytes) res.end(Buffer.from(chunk))
    else res.end(chunk.toString('latin1'), 'latin1')
  }
}

/** The chunk is on loan: what is written from here is a copy of it. */
function write(res: ServerResponse, chunk: Buffer | string): boolean {
  if (typeof chunk === 'string') return res.write(chunk, 'latin1')
  if (chunk.length <= smallChunkBytes) return res.write(chunk.toString('latin1'), 'latin1')
  const copy = Buffer.from(chunk)
  return res.write(copy, releaseOnceWritten(copy))
}
