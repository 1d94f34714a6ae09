/**
 * Answers bytes that are not a request, or a request that turns malformed within its body. That answer is the last one of its
 * connection: nothing behind malformed bytes can be framed, so nothing behind them is ever read.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import type { Exchange } from './exchange.ts'
import { exchangeOf } from './exchange.ts'
import type { Gate } from './gate.ts'
import { answerInHand, requestInHand, underTls } from './listener/node-internals.ts'
import type { ParseError, SentLine } from './listener/sent-line.ts'
import { readSentLine } from './listener/sent-line.ts'
import { record } from './record.ts'
import { respondInPlain, respondRaw } from './respond.ts'

const reasonByParseError: ReadonlyMap<string, Reason> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers_too_large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'request_too_large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
])

export function answerParseError(gate: Gate, error: ParseError, socket: Duplex): void {
  // Bytes behind the last request of a connection are ignored. The request before them keeps its answer.
  if (error.code === 'HPE_CLOSED_CONNECTION' && answerInHand(socket)) return
  const req = requestInHand(socket)
  // Present: the error is in the body of this exchange. Absent: it is in a head.
  const exchange = req && exchangeOf(req)
  // The exchange itself records a caller who leaves within a body.
  const left = error.code === 'ECONNRESET' || (exchange && error.code === 'HPE_INVALID_EOF_STATE')
  const isUnused = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && (socket as Partial<Socket>).bytesRead === 0
  // A browser opens connections in advance, and may never use them. That is nobody's mistake.
  if (isUnused) gate.observers.metrics.unusedConnections.inc()
  if (plainHttpErrors.has(error.code)) underTls(socket)?.end(respondInPlain())
  if (left || isUnused || !socket.writable || isOfTls(error)) socket.destroy()
  else refuse(gate, { error, socket, exchange })
}

interface Refused {
  readonly error: ParseError
  readonly socket: Duplex
  readonly exchange: Exchange | undefined
}

function refuse(gate: Gate, { error, socket, exchange }: Refused): void {
  const reason = reasonByParseError.get(error.code ?? '') ?? 'request_malformed'
  const sent = readSentLine(error)
  const answer = answerInHand(socket)
  // What the caller will take this for: the answer to the oldest request that has none.
  const isHead = ((answer ?? exchange)?.req.method ?? sent.method) === 'HEAD'
  const requestId = exchange?.requestId ?? gate.lifecycle.newRequestId()
  // Once an answer has begun on this connection, more bytes of ours would be read as part of it.
  if (answerInHand(socket)?.headersSent) socket.destroy()
  else socket.end(respondRaw({ reason, requestId, isHead, lines: exchange?.refusalLines }), () => socket.destroy())
  if (exchange) exchange.breakOff(reason)
  else recordParseError(gate, { reason, requestId, socket, sent })
}

/** What OpenSSL calls bytes that are no TLS: most methods of HTTP by name, the others as below. */
const plainHttpErrors: ReadonlySet<string | undefined> = new Set([
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
  'ERR_SSL_WRONG_VERSION_NUMBER',
])

/** Without a TLS handshake no answer can be written: it would wait for ever, and keep the connection open. */
function isOfTls({ code = '' }: { readonly code?: string }): boolean {
  return code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_') || code === 'EPROTO'
}

interface Unread {
  readonly reason: Reason
  readonly requestId: string
  readonly socket: Duplex
  readonly sent: SentLine
}

function recordParseError(gate: Gate, { reason, requestId, socket, sent }: Unread): void {
  record(gate.observers, {
    requestId,
    method: sent.method,
    url: sent.target,
    address: (socket as Partial<IncomingMessage['socket']>).remoteAddress ?? '',
    client: undefined,
    decision: { kind: 'refuse', reason, route: undefined, caller: undefined },
    failure: undefined,
    status: reasons[reason].status,
    durationMs: 0,
    upstreamMs: undefined,
    aborted: false,
  })
}
