/**
 * Ends connections on which nothing has moved for too long: one look at all of them every now and then, where Node would
 * arm and drop two timers a request. Knows nothing of what they carry.
 */
import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { startSweep } from '../../timer.ts'
import { answerInHand, queuedBytes } from './node-internals.ts'

export interface Silence {
  /** While an answer is awaited or under way. */
  readonly idleTimeoutMs: number
  /** Between two requests. */
  readonly keepAliveMs: number
}

/** What a connection had moved when it was last looked at, and since when that has not changed. */
interface Watched {
  bytes: number
  since: number
}

/** Callers are told `keepAlive`: one that asks in the last moment is still served. */
const graceMs = 1000

/** To be called before the server listens. Sockets that an upgrade takes over are left alone from there on. */
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

/** Node calls it before and after every request; whoever takes the socket over at an upgrade gets the real one. */
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

/** What the system has taken of a large write counts too, or a slow reader would seem to be none. */
function movedBytes(socket: Socket): number {
  return socket.bytesRead + socket.bytesWritten - socket.writableLength - queuedBytes(socket)
}

/** A request has been received, and its answer is not complete. */
export function isAnswering(socket: Socket): boolean {
  return answerInHand(socket) !== undefined
}
