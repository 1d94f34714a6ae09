/**
 * WebSocket upgrades on the traffic listener. Node hands the request over with its connection; from here it goes the way of
 * every other request. No other upgrade is taken up.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { ServerResponse } from '../../node-http.ts'

export interface HandedOver {
  readonly req: IncomingMessage
  readonly socket: Socket
  /** Bytes that the caller has sent behind its request. */
  readonly early: Buffer
  /** How long a caller may take no byte of its answer. */
  readonly idleMs: number
}

/** The answer is written like any other, and ends the connection. */
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
