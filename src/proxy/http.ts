/**
 * The hot path: one HTTP exchange, streamed both ways with backpressure, on undici's dispatch. Bodies are never parsed,
 * buffered or retried; a body that breaks off breaks off for the caller too.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { callerHeaders } from '../headers/response.ts'
import type { Reason } from '../reasons.ts'
import { Upload } from './upload.ts'
import type { Upstream, UpstreamRequest } from './upstream.ts'
import { failureReason, invalidAnswerCode } from './upstream.ts'

export interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly requestId: string
  /** Undefined: no limit. */
  readonly maxBodyBytes: number | undefined
  /** The head of the upstream's answer is here. */
  onAnswer(): void
  /** Called at most once. Nothing of the answer has left when `res.headersSent` is false. */
  onFailure(reason: Reason, error: Error): void
}

/** `headers` are the upstream's, final: name, value, name, value … */
export function relay(upstream: Upstream, exchange: Exchange, headers: string[]): void {
  const { req, res } = exchange
  const handler = new Relay(exchange)
  const framing = readFraming(req)
  if (isTooLong(framing, exchange.maxBodyBytes)) {
    exchange.onFailure('request_too_large', new Error('content-length over limits.body'))
    return
  }
  res.on('close', () => handler.onCallerGone())
  res.on('error', ignore)
  if (framing.expectsContinue) res.writeContinue()
  const request: UpstreamRequest = {
    path: req.url ?? '/',
    method: (req.method ?? 'GET') as Dispatcher.HttpMethod,
    headers,
    body: framing.length > 0 ? new Upload(req, exchange.maxBodyBytes) : null,
    servername: upstream.hostname,
  }
  upstream.pool.dispatch(request, handler)
}

interface Framing {
  /** Bytes; Infinity for a chunked body. */
  readonly length: number
  readonly expectsContinue: boolean
}

const noBody: Framing = { length: 0, expectsContinue: false }

/** HTTP/1.0 has no interim answers (RFC 9110 section 10.1.1). */
function readFraming({ rawHeaders, httpVersionMinor }: IncomingMessage): Framing {
  let framing = noBody
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (name.length !== 14 && name.length !== 17 && name.length !== 6) continue
    const lower = name.toLowerCase()
    if (lower === 'content-length') framing = { ...framing, length: Number(rawHeaders[i + 1]) }
    else if (lower === 'transfer-encoding') framing = { ...framing, length: Number.POSITIVE_INFINITY }
    else if (lower === 'expect' && httpVersionMinor > 0)
      framing = { ...framing, expectsContinue: isContinue(rawHeaders[i + 1]) }
  }
  return framing
}

function isContinue(expectation: string | undefined): boolean {
  return expectation?.toLowerCase() === '100-continue'
}

function isTooLong({ length }: Framing, maxBytes: number | undefined): boolean {
  return maxBytes !== undefined && Number.isFinite(length) && length > maxBytes
}

function ignore(): void {
  // A write that meets a connection just lost: `close` follows and ends the exchange.
}

/** RFC 9110 sections 15.3.5 and 15.4.5: these end with their head, whatever Content-Length says. */
function endsWithHead(status: number): boolean {
  return status === 204 || status === 304
}

/** Why the head of an answer cannot be relayed. No other coding was asked for, and none could be announced. */
function faultOf(status: number, coding: string | undefined): string | undefined {
  if (status > 599) return 'status out of range'
  return coding === undefined || coding === 'chunked' || coding === 'identity' ? undefined : 'unknown transfer coding'
}

const plainText = /^[\t\x20-\x7e]*$/

/** undici has decoded the phrase as UTF-8, and Node throws on what is not Latin-1: nobody reads it anyway. */
function reasonPhrase(statusMessage: string): string | undefined {
  return plainText.test(statusMessage) ? statusMessage : undefined
}

class Relay implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange
  #controller: Dispatcher.DispatchController | undefined
  #remaining = Number.POSITIVE_INFINITY
  #settled = false

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#settled) controller.abort(new Error('caller gone'))
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Dispatcher.ResponseData['headers'],
    statusMessage = '',
  ): void {
    if (status < 200 || this.#settled) return
    const { res, requestId } = this.#exchange
    const coding = headers['transfer-encoding']?.toString().toLowerCase()
    const fault = faultOf(status, coding)
    if (fault !== undefined) {
      controller.abort(Object.assign(new Error(fault), { code: invalidAnswerCode }))
      return
    }
    this.#exchange.onAnswer()
    const length = headers['content-length']
    if (length !== undefined) this.#remaining = Number(length)
    res.writeHead(status, reasonPhrase(statusMessage), callerHeaders(headers, status, requestId))
    if (endsWithHead(status)) this.#end()
    else process.nextTick(flushHead, res)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return
    const { res } = this.#exchange
    this.#remaining -= chunk.byteLength
    // Head and whole body of a small answer leave in one write.
    if (this.#remaining === 0) this.#end(chunk)
    else if (!res.write(chunk)) {
      controller.pause()
      res.once('drain', () => controller.resume())
    }
  }

  onResponseEnd(): void {
    if (!this.#settled) this.#end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (!this.#settled) this.#fail(error)
  }

  onCallerGone(): void {
    if (this.#settled) return
    this.#settled = true
    this.#controller?.abort(new Error('caller gone'))
  }

  #end(chunk?: Buffer): void {
    this.#settled = true
    this.#exchange.res.end(chunk)
  }

  #fail(error: Error): void {
    this.#settled = true
    this.#exchange.onFailure(failureReason(error, this.#controller !== undefined), error)
  }
}

/** A head without a first byte of body (an event stream, a slow report) is not held back. */
function flushHead(res: ServerResponse): void {
  if (!res.writableEnded && !res.destroyed) res.flushHeaders()
}
