/**
 * What the gate reads of Node's sockets and parsers that Node does not document. Each function has a test that fails when a
 * release of Node changes what it reads.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

type Inside = Duplex & {
  /** The answer that may write to the socket now, whether it has begun or not. */
  readonly _httpMessage?: { readonly headersSent: boolean } | null
  readonly _handle?: { readonly writeQueueSize?: number } | null
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null
}

/** The answer in hand on this connection; undefined between two requests. */
export function answerInHand(socket: Duplex): { readonly headersSent: boolean } | undefined {
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
