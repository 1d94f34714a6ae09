/**
 * The hot path: one HTTP exchange, streamed both ways with backpressure. Bodies are never parsed, buffered or sent twice;
 * a body that breaks off breaks off for the caller too.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeadFields } from '../headers/head-fields.ts'
import { callerHeaders } from '../headers/response.ts'
import type { Reason } from '../reasons.ts'
import { releaseOnceWritten, smallChunkBytes } from './body-chunk.ts'
import type { ExchangeHandler } from './exchange-handler.ts'
import type { ResponseHead } from './response-head.ts'
import type { Ticket } from './ticket.ts'
import type { Upstream } from './upstream.ts'
import { failureReason } from './upstream.ts'

/** What is forwarded, and who is told how it goes. */
export interface Forwarding {
  readonly req: IncomingMessage & { readonly fields: HeadFields }
  readonly res: ServerResponse
  readonly requestId: string
  /** Undefined: no limit. */
  readonly maxBodyBytes: number | undefined
  /** The header lines for the upstream, final; the same whenever it is asked for them. */
  writeHeaders(): string
  /** The headers of the answer as the caller gets them; `headers` is name, value, name, value … */
  finish(headers: string[]): string[]
  /** It goes upstream from here on, and the time of the upstream runs. */
  onDispatch(running: Running): void
  /** The head of the upstream's answer is here. Undefined: a WebSocket is open. */
  onAnswer(head?: ResponseHead): void
  /** Called at most once. Nothing of the answer has left when `res.headersSent` is false. */
  onFailure(reason: Reason, error: Error): void
}

/** A forwarding under way. */
export interface Running {
  /** Its answer is over, or its caller gone. */
  onCallerGone(): void
}

export function forward(upstream: Upstream, forwarding: Forwarding): void {
  const { req, res, maxBodyBytes } = forwarding
  const framing = readFraming(req.fields, req.httpVersionMinor)
  if (isTooLong(framing, maxBodyBytes)) {
    forwarding.onFailure('request_too_large', new Error('content-length over limits.body'))
    return
  }
  const answer = new Answer(forwarding)
  forwarding.onDispatch(answer)
  res.on('error', ignore)
  if (framing.expectsContinue) res.writeContinue()
  const hasBody = framing.chunked || framing.length > 0
  const request = {
    method: req.method ?? 'GET',
    writeHead: () => requestHead(req, forwarding.writeHeaders(), framing),
    body: hasBody ? { stream: req, chunked: framing.chunked, maxBytes: maxBodyBytes } : undefined,
    mayChange: req.fields.methodOverride !== undefined,
    logsIn: logsConnectionIn(req.fields.authorization),
  }
  answer.ticket = upstream.pool.dispatch(request, answer)
}

/** NTLM, and what Windows makes of Negotiate (RFC 4559): the service takes all later requests for those of this caller. */
function logsConnectionIn(authorization: string | undefined): boolean {
  return authorization !== undefined && /^(?:ntlm|nego|kerberos)/i.test(authorization)
}

function ignore(): void {
  // A write that meets a connection just lost: `close` follows and ends the exchange.
}

/** An answer on its way to its caller. */
export class Answer implements ExchangeHandler, Running {
  ticket: Ticket | undefined
  readonly #forwarding: Forwarding
  /** Not yet written. While it is here, nothing of the answer has left, and a break is a 502. */
  #head: ResponseHead | undefined
  /** The body that came in one read with the head. */
  #held: (Buffer | string)[] | undefined
  #remaining = -1
  #settled = false
  #paused = false

  constructor(forwarding: Forwarding) {
    this.#forwarding = forwarding
  }

  onHead(head: ResponseHead): void {
    this.#forwarding.onAnswer(head)
    if (head.body.kind === 'length') this.#remaining = head.body.bytes
    this.#head = head
  }

  /** A head without a first byte of body (an event stream, a slow report) is not held back. */
  onPause(): boolean {
    if (this.#head === undefined) return true
    const takesMore = this.#writeHeld(this.#head)
    if (this.#held === undefined) this.#forwarding.res.flushHeaders()
    this.#held = undefined
    return takesMore
  }

  onBody(chunk: Buffer | string): boolean {
    this.#remaining -= chunk.length
    if (this.#remaining === 0) {
      this.#end(chunk)
      return true
    }
    if (this.#head === undefined) return this.#write(chunk)
    this.#held ??= []
    this.#held.push(chunk)
    return true
  }

  #writeHeld({ status, statusText, headers }: ResponseHead): boolean {
    const { res, requestId } = this.#forwarding
    this.#head = undefined
    res.writeHead(status, statusText, this.#forwarding.finish(callerHeaders(headers, status, requestId)))
    let takesMore = true
    if (this.#held !== undefined) for (const chunk of this.#held) takesMore = this.#write(chunk)
    return takesMore
  }

  #write(chunk: Buffer | string): boolean {
    const { res } = this.#forwarding
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
    this.#forwarding.onFailure(failureReason(error), error)
  }

  onCallerGone(): void {
    if (this.#settled) return
    this.#settled = true
    this.ticket?.abort()
  }

  #end(chunk?: Buffer | string): void {
    this.#settled = true
    const { res } = this.#forwarding
    if (this.#head !== undefined) this.#writeHeld(this.#head)
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

export interface RequestFraming {
  /** Bytes; 0 for a chunked body or none. */
  readonly length: number
  readonly chunked: boolean
  /** The head says how long the body is, or that it is chunked. */
  readonly stated: boolean
  readonly expectsContinue: boolean
}

/** HTTP/1.0 has no interim answers (RFC 9110 section 10.1.1). */
export function readFraming(fields: HeadFields, httpVersionMinor: number): RequestFraming {
  const { contentLength, transferEncoding, expect } = fields
  return {
    length: contentLength === undefined ? 0 : Number(contentLength),
    chunked: transferEncoding !== undefined,
    stated: contentLength !== undefined || transferEncoding !== undefined,
    expectsContinue: httpVersionMinor !== 0 && expect?.toLowerCase() === '100-continue',
  }
}

/** Methods whose missing body a server may want stated (RFC 9110 section 8.6). */
const bodyMethods: ReadonlySet<string | undefined> = new Set(['POST', 'PUT', 'PATCH'])

export function requestHead(
  { method, url }: Pick<IncomingMessage, 'method' | 'url'>,
  headers: string,
  framing: RequestFraming,
): string {
  const head = `${method} ${url} HTTP/1.1\r\n${headers}`
  if (framing.chunked) return `${head}Transfer-Encoding: chunked\r\n\r\n`
  return framing.stated || !bodyMethods.has(method) ? `${head}\r\n` : `${head}Content-Length: 0\r\n\r\n`
}

export function isTooLong({ length }: RequestFraming, maxBytes: number | undefined): boolean {
  return maxBytes !== undefined && length > maxBytes
}
