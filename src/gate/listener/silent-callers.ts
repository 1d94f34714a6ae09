/**
 * Ends connections on which no byte has moved for too long, and those whose request body is too slow. One sweep looks at all of
 * them, where Node would set and clear two timers for every request. Knows nothing of what the connections carry.
 */
import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { startSweep } from '../../timer.ts'
import { answerInHand, queuedBytes, requestInHand } from './node-internals.ts'
import type { BodyLimits } from './slow-bodies.ts'
import { BodyWatch } from './slow-bodies.ts'

export interface Silence {
  /** Limit while a request is being answered. */
  readonly idleTimeoutMs: number
  /** Limit between two requests. */
  readonly keepAliveMs: number
  readonly bodies: BodyLimits
}

/** What the sweep is told the time by; default the system's. */
export interface SweepClock {
  /** Milliseconds, from any start. */
  readonly now: () => number
  readonly startSweep: typeof startSweep
}

const systemClock: SweepClock = { now: () => performance.now(), startSweep }

/** How many bytes a connection had moved at the last sweep, and since when that number has not changed. */
interface Watched {
  bytes: number
  since: number
  /** Made when a sweep first finds a body on its way. */
  body?: BodyWatch | undefined
}

/** Callers are told `keepAlive`. The grace serves those who send a request in the last moment. */
const graceMs = 1000

/** Call it before the server listens. It leaves a socket alone once an upgrade has taken it over. */
export function endSilentCallers(server: Server | SecureServer, silence: Silence, clock = systemClock): void {
  const watched = new Map<Socket, Watched>()
  const { idleTimeoutMs, keepAliveMs, bodies } = silence
  const shortestMs = Math.min(idleTimeoutMs, keepAliveMs, bodies.bodyIdleMs, bodies.bodyTimeoutMs ?? idleTimeoutMs)
  server.once('listening', () => {
    server.once(
      'close',
      clock.startSweep(shortestMs, () => sweep(server, watched, silence, clock.now())),
    )
  })
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
    watched.set(socket, { bytes: 0, since: clock.now() })
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

function sweep(
  server: Server | SecureServer,
  watched: ReadonlyMap<Socket, Watched>,
  silence: Silence,
  now: number,
): void {
  const { idleTimeoutMs, keepAliveMs, bodies } = silence
  for (const [socket, last] of watched) {
    if (isBodySlow(socket, last, bodies, now)) {
      endSlowBody(server, socket)
      continue
    }
    const bytes = movedBytes(socket)
    if (bytes !== last.bytes) {
      last.bytes = bytes
      last.since = now
    } else if (now - last.since >= (isAnswering(socket) ? idleTimeoutMs : keepAliveMs + graceMs)) {
      socket.destroy()
    }
  }
}

function isBodySlow(socket: Socket, last: Watched, limits: BodyLimits, now: number): boolean {
  const req = requestInHand(socket)
  if (req === undefined) {
    last.body = undefined
    return false
  }
  const sight = {
    req,
    bytes: socket.bytesRead,
    // Else it waits for the service, or for a place in the line: the caller is not to blame for that delay.
    isAwaited: req.readableFlowing === true,
    isAnswered: !isAnswering(socket),
  }
  last.body ??= new BodyWatch(sight, now)
  return last.body.isSlow(sight, limits, now)
}

/** Goes the way of Node's own timeouts. Behind a complete answer nothing more may be said. */
function endSlowBody(server: Server | SecureServer, socket: Socket): void {
  if (!isAnswering(socket)) socket.destroy()
  else server.emit('clientError', Object.assign(new Error('slow body'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
}

/** Counts the part of a large write that the system has taken, so that a slow reader does not look like a silent one. */
function movedBytes(socket: Socket): number {
  return socket.bytesRead + socket.bytesWritten - socket.writableLength - queuedBytes(socket)
}

/** A request has been received, and its answer is not complete. */
export function isAnswering(socket: Socket): boolean {
  return answerInHand(socket) !== undefined
}
