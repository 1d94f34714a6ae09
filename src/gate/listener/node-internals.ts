/**
 * What the gate reads of Node's sockets and parsers that Node does not document. Each function has a test that fails when a
 * release of Node changes what it reads.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

type AnswerInHand = Pick<ServerResponse, 'headersSent' | 'req'>

type Inside = Duplex & {
  /** The answer that may write to the socket now, whether it has begun or not. */
  readonly _httpMessage?: AnswerInHand | null
  readonly _handle?: { readonly writeQueueSize?: number } | null
  readonly parser?: { readonly incoming?: IncomingMessage | null; getCurrentBuffer?(): Buffer } | null
  readonly _parent?: Socket
}

/** The answer in hand on this connection; undefined between two requests. */
export function answerInHand(socket: Duplex): AnswerInHand | undefined {
  return (socket as Inside)._httpMessage ?? undefined
}

/** The request whose body is still being received on this connection. */
export function requestInHand(socket: Duplex): IncomingMessage | undefined {
  const req = (socket as Inside).parser?.incoming
  return req && !req.complete ? req : undefined
}

/** Bytes of a write under way that the system has not taken yet. */
export function queuedBytes(socket: Duplex): number {
  return (socket as Inside)._handle?.writeQueueSize ?? 0
}

/** True for a request that Node has handed over with its connection. */
export function isUpgraded(req: IncomingMessage & { readonly upgrade?: boolean }): boolean {
  return req.upgrade === true
}

/** The connection below a TLS socket; undefined where there is none that can be written to. */
export function underTls(socket: Duplex): Socket | undefined {
  const below = (socket as Inside)._parent
  return below?.writable ? below : undefined
}

/** The packet that the parser is reading now; empty at any other time. */
export function packetInHand(socket: Duplex): string {
  return (socket as Inside).parser?.getCurrentBuffer?.().toString('latin1') ?? ''
}
