/**
 * Ends connections on which no byte has moved for too long. One sweep looks at all of them, where Node would set and clear two
 * timers for every request. Knows nothing of what the connections carry.
 */
import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { startSweep } from '../../timer.ts'
import { answerInHand, queuedBytes } from './node-internals.ts'

export interface Silence {
  /** Limit while a request is being answered. */
  readonly idleTimeoutMs: number
  /** Limit between two requests. */
  readonly keepAliveMs: number
}

/** How many bytes a connection had moved at the last sweep, and since when that number has not changed. */
interface Watched {
  bytes: number
  since: number
}

/** Callers are told `keepAlive`. The grace serves those who send a request in the last moment. */
const graceMs = 1000

/** Call it before the server listens. It leaves a socket alone once an upgrade has taken it over. */
export function endSilentCallers(server: Server | SecureServer, silence: Silence): void {
  const watched = new Map<Socket, Watched>()
  const shortestMs = Math.min(silence.idleTimeoutMs, silence.keepAliveMs)
  server.once('listening', () => {
    server.once(
      'close',
      startSweep(shortestMs, () => sweep(watched, silence, performance.now())),
    )
  })
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
    watched.set(socket, { bytes: 0, since: performance.now() })
    socket.setTimeout = leaveTimers
    socket.once('close', () => watched.delete(socket))
  })
  server.on('upgrade', (_request, socket: Socket) => {
    watched.delete(socket)
    Reflect.deleteProperty(socket, 'setTimeout')
  })
}

/** Replaces `setTimeout`, which Node calls around every request. An upgraded socket gets the real one back. */
function leaveTimers(this: Socket): Socket {
  return this
}

function sweep(watched: ReadonlyMap<Socket, Watched>, silence: Silence, now: number): void {
  for (const [socket, last] of watched) {
    const bytes = movedBytes(socket)
    if (bytes !== last.bytes) {
      last.bytes = bytes
      last.since = now
    } else if (now - last.since >= (isAnswering(socket) ? silence.idleTimeoutMs : silence.keepAliveMs + graceMs)) {
      socket.destroy()
    }
  }
}

/** Counts the part of a large write that the system has taken, so that a slow reader does not look like a silent one. */
function movedBytes(socket: Socket): number {
  return socket.bytesRead + socket.bytesWritten - socket.writableLength - queuedBytes(socket)
}

/** A request has been received, and its answer is not complete. */
export function isAnswering(socket: Socket): boolean {
  return answerInHand(socket) !== undefined
}
