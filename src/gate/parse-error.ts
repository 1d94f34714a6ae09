/**
 * Answers bytes that are not a request, or a request that turns malformed within its body. That answer is the last one of its
 * connection: nothing behind malformed bytes can be framed, so nothing behind them is ever read.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import { exchangeOf } from './exchange.ts'
import type { Gate } from './gate.ts'
import { answerInHand, requestInHand } from './listener/node-internals.ts'
import { record } from './record.ts'
import { respondRaw } from './respond.ts'

const reasonByParseError: ReadonlyMap<string, Reason> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers_too_large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'request_too_large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
])

export function answerParseError(gate: Gate, error: Error & { readonly code?: string }, socket: Duplex): void {
  // Bytes behind the last request of a connection are ignored. The request before them keeps its answer.
  if (error.code === 'HPE_CLOSED_CONNECTION' && answerInHand(socket)) return
  const req = requestInHand(socket)
  // Present: the error is in the body of this exchange. Absent: it is in a head.
  const exchange = req && exchangeOf(req)
  // The exchange itself records a caller who leaves within a body.
  const left = error.code === 'ECONNRESET' || (exchange && error.code === 'HPE_INVALID_EOF_STATE')
  if (left || !socket.writable || isOfTls(error)) {
    socket.destroy()
    return
  }
  const reason = reasonByParseError.get(error.code ?? '') ?? 'request_malformed'
  const requestId = exchange?.requestId ?? gate.lifecycle.newRequestId()
  // Once an answer has begun on this connection, more bytes of ours would be read as part of it.
  if (answerInHand(socket)?.headersSent) socket.destroy()
  else socket.end(respondRaw({ reason, requestId, lines: exchange?.refusalLines }), () => socket.destroy())
  if (exchange) exchange.breakOff(reason)
  else recordParseError(gate, { reason, requestId, socket })
}

/** Without a TLS handshake no answer can be written: it would wait for ever, and keep the connection open. */
function isOfTls({ code = '' }: { readonly code?: string }): boolean {
  return code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_') || code === 'EPROTO'
}

function recordParseError(
  gate: Gate,
  { reason, requestId, socket }: { readonly reason: Reason; readonly requestId: string; readonly socket: Duplex },
): void {
  record(gate.observers, {
    requestId,
    method: '',
    url: '',
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
