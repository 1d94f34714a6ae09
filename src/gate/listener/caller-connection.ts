/**
 * The connection a request came on, where Node's own care of it does not go far enough: who is at its other end, which
 * request is its last, how an answer is cut off. Knows nothing of gate or decision.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Peer } from '../../headers/forwarded.ts'
import { createPeer } from '../../headers/forwarded.ts'

const ownPeer = Symbol('peer')

/** Asked for at the first request of a connection, and the same for all of them. */
export function peerOf({ socket }: { readonly socket: Socket & { [ownPeer]?: Peer } }): Peer {
  socket[ownPeer] ??= createPeer({
    address: socket.remoteAddress ?? '',
    encrypted: 'encrypted' in socket,
    localPort: socket.localPort ?? 0,
  })
  return socket[ownPeer]
}

const lastRead = Symbol('last request read')
type Ending = Socket & { [lastRead]?: true }

/** No request behind the one that was refused here is read, though Node's parser may hand over more of them. */
export function isEnding(socket: Ending): boolean {
  return socket[lastRead] === true
}

/**
 * After a malformed request, whose framing is in doubt and with it what follows (RFC 9112 section 6.3), and after a declined
 * upgrade, behind which Node's parser loses bytes.
 */
export function endConnection(socket: Ending, res: ServerResponse): void {
  res.shouldKeepAlive = false
  socket[lastRead] = true
}

/** Behind another answer on its connection: before Node 24.18 a response in line never heard that the caller had left. */
export function closeWithConnection({ socket }: IncomingMessage, res: ServerResponse): void {
  // One for each request that the caller sent ahead.
  socket.setMaxListeners(0)
  socket.once('close', () => {
    if (!res.destroyed) res.destroy().emit('close')
  })
}

/** What was sent must not pass for a whole message: to a caller that speaks HTTP/1.0 an orderly close would say so. */
export function cutAnswer(res: ServerResponse): void {
  const { socket, req } = res
  // Behind another answer on its connection: the cut comes when it is its turn.
  if (socket === null) res.once('socket', (own: Socket) => own.destroy())
  else if (req.httpVersionMinor === 0 && !('encrypted' in socket)) socket.resetAndDestroy()
  else res.destroy()
}
