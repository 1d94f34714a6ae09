/**
 * WebSocket upgrades on the traffic listener: Node hands them over with their connection, and they take the way of every
 * other request. The listener takes up no other upgrade.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { ServerResponse } from '../../node-http.ts'

export interface HandedOver {
  readonly req: IncomingMessage
  readonly socket: Socket
  /** What the caller has sent beyond its request. */
  readonly early: Buffer
  /** For a caller who does not take its answer. */
  readonly idleMs: number
}

/** An answer is written as to any request, and ends the connection. */
export function routeUpgrade(app: FastifyInstance, { req, socket, early, idleMs }: HandedOver): void {
  if (early.length > 0) socket.unshift(early)
  const res = new ServerResponse(req)
  res.assignSocket(socket)
  socket.on('drain', () => res.emit('drain'))
  socket.setTimeout(idleMs, () => {
    if (res.writableEnded) socket.destroy()
  })
  res.once('finish', () => socket.destroySoon())
  app.routing(req, res)
}
