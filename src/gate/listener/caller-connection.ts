/**
 * What Node does not do for a caller's connection: it names the peer, marks the last request, cuts an answer off. Knows nothing
 * of gate or decision.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Peer } from '../../headers/forwarded.ts'
import { createPeer } from '../../headers/forwarded.ts'

const ownPeer = Symbol('peer')

/** Made at the first request of a connection; all its requests share it. */
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

/** True once `endConnection` was called on this socket: pipelined requests that Node's parser still emits are ignored. */
export function isEnding(socket: Ending): boolean {
  return socket[lastRead] === true
}

/**
 * Makes this answer the last of its connection. Called for a malformed request, because nobody knows where it ends (RFC 9112
 * section 6.3), and for a declined upgrade, because Node's parser loses bytes behind it.
 */
export function endConnection(socket: Ending, res: ServerResponse): void {
  res.shouldKeepAlive = false
  socket[lastRead] = true
}

/** For a pipelined request: before Node 24.18 a queued response gets no `close` event when the caller disconnects. */
export function closeWithConnection({ socket }: IncomingMessage, res: ServerResponse): void {
  // Each pipelined request adds a listener.
  socket.setMaxListeners(0)
  socket.once('close', () => {
    if (!res.destroyed) res.destroy().emit('close')
  })
}

/** The caller must not take the part it has for a whole answer. In HTTP/1.0 an orderly close would say just that. */
export function cutAnswer(res: ServerResponse): void {
  const { socket, req } = res
  // A queued answer is cut when its turn comes.
  if (socket === null) res.once('socket', (own: Socket) => own.destroy())
  else if (req.httpVersionMinor === 0 && !('encrypted' in socket)) socket.resetAndDestroy()
  else res.destroy()
}
