/**
 * The traffic listener: what happens to a request, in the order it happens. Handlers only; `decide` decides, `deliver` acts.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import type { Config } from '../config/config.ts'
import { decide, shed } from '../decide/decide.ts'
import type { Decision } from '../decide/decision.ts'
import { wellKnown } from '../decide/endpoints.ts'
import { isMethod } from '../decide/request-head.ts'
import { schemaless } from '../fastify-options.ts'
import { describeError } from '../ops/describe-error.ts'
import { deliver } from './deliver.ts'
import { addEndpoints, answerQuestion, refuseMistake } from './endpoints.ts'
import { Exchange, exchangeOf, requestTarget } from './exchange.ts'
import type { Gate } from './gate.ts'
import { deliveriesOf } from './gate.ts'
import { isEnding } from './listener/caller-connection.ts'
import type { GateRequest } from './listener/incoming-request.ts'
import type { ListenerOptions } from './listener/listener.ts'
import { createListener } from './listener/listener.ts'
import { routeUpgrade } from './listener/upgrade.ts'
import { answerParseError } from './parse-error.ts'
import { respond } from './respond.ts'

export interface App {
  readonly fastify: FastifyInstance
  /** Stops accepting connections and leaves the open ones alone. */
  stopListening(): void
  closeAll(): void
}

export function createApp(gate: Gate, config: Config): App {
  const listener: { server?: Server } = {}
  const options = listenerOptions(gate, config)
  const app: FastifyInstance = fastify({
    ...schemaless,
    // Every socket limit is set in one place.
    serverFactory: (handler) => {
      const server = createListener(options, (req, res) => {
        if (isMethod(req.method)) handler(req, res)
        // Fastify has no route for it, and would draw all it has for every such request.
        else refuseMethod(gate, req as GateRequest, res)
      })
      listener.server = server
      server.on('upgrade', (req, socket: Socket, early) => {
        routeUpgrade(app, { req, socket, early, idleMs: options.idleTimeoutMs })
      })
      // Node ends a CONNECT that nobody listens for without a word.
      server.on('connect', ({ url }, socket) => {
        const rawPacket = Buffer.from(`CONNECT ${url} HTTP/1.1\r\n`, 'latin1')
        answerParseError(gate, Object.assign(new Error('CONNECT'), { rawPacket }), socket)
      })
      return server
    },
    // The gate logs one line an exchange by itself.
    logger: false,
    // While draining, requests that still arrive are served.
    return503OnClosing: false,
    // Fastify's router sees the URL of the gate's own endpoints and no other, so no path can be read in two ways.
    rewriteUrl: (req) => routerUrl(gate, config.endpoints.prefix, req.url),
    // Bytes that never became a request.
    clientErrorHandler: (error, socket) => answerParseError(gate, error, socket),
  })
  // Before any body is looked at: media types and sizes are the upstream's business.
  const receive = config.forwardAuth.enabled ? onRequestOrQuestion : onRequest
  app.addHook('onRequest', (request, reply, done) => receive(gate, request, reply, done))
  // A fault of our own: an answer without a stack.
  app.setErrorHandler((error: Error, request, reply) => {
    if (!refuseMistake(gate, error, { request, reply })) answerFault(gate, error, reply)
  })
  // Every exchange that is proxied ends in the hook before this route.
  app.all('/', refuseUnreachable)
  addEndpoints(app, gate, config.endpoints.prefix)
  return {
    fastify: app,
    stopListening: () => listener.server?.close(),
    closeAll: () => listener.server?.closeAllConnections(),
  }
}

/** All routes of the gate's own are below the prefix. */
function routerUrl({ runtime }: Gate, prefix: string, target = '/'): string {
  if (!runtime.endpoints.isRoutable(target)) return '/'
  return target.startsWith(wellKnown) ? prefix + target : target
}

type Done = (error?: Error) => void

function onRequest(gate: Gate, request: FastifyRequest, reply: FastifyReply, done: Done): void {
  const req = request.raw as GateRequest
  if (isEnding(req.socket)) {
    reply.hijack()
    return
  }
  const exchange = new Exchange(gate, req, reply.raw)
  const { runtime, head } = exchange
  const { lifecycle } = gate
  const decision = lifecycle.loop.isLate ? shed(runtime, head) : decide(runtime, head, lifecycle.now())
  if (decision instanceof Promise) {
    decision.then((late) => proceed(gate, exchange, { decision: late, reply, done })).catch(done)
  } else {
    proceed(gate, exchange, { decision, reply, done })
  }
}

/** Where other proxies may ask, a request may be a question. */
function onRequestOrQuestion(gate: Gate, request: FastifyRequest, reply: FastifyReply, done: Done): void {
  const { forwardAuth } = gate.runtime
  if (forwardAuth?.isFor(requestTarget(request.raw))) answerQuestion(gate, forwardAuth, { request, reply, done })
  else onRequest(gate, request, reply, done)
}

/** A method that is none of HTTP's: malformed already by the head, which is all that is looked at. */
function refuseMethod(gate: Gate, req: GateRequest, res: ServerResponse): void {
  if (isEnding(req.socket)) return
  const exchange = new Exchange(gate, req, res)
  const refusal = shed(exchange.runtime, exchange.head)
  exchange.decided(refusal)
  exchange.refuse(refusal)
}

interface Step {
  readonly decision: Decision
  readonly reply: FastifyReply
  /** Goes on to Fastify's own routes. */
  readonly done: Done
}

function proceed(gate: Gate, exchange: Exchange, { decision, reply, done }: Step): void {
  exchange.decided(decision)
  if (decision.kind !== 'endpoint') reply.hijack()
  if (exchange.res.destroyed) return
  // From the hijack on Fastify takes no error any more.
  try {
    deliver(gate, exchange, decision, done)
  } catch (error) {
    exchange.breakOff('internal_error')
    answerFault(gate, error as Error, reply)
  }
}

function refuseUnreachable(): never {
  throw new Error('an exchange passed the gate')
}

/** Nothing a caller sends should lead here. */
function answerFault({ lifecycle, observers }: Gate, error: Error, reply: FastifyReply): void {
  const exchange = exchangeOf(reply.raw.req as IncomingMessage)
  const requestId = exchange?.requestId ?? lifecycle.newRequestId()
  observers.log.error({ requestId, err: describeError(error) }, 'fault')
  reply.hijack()
  if (reply.raw.headersSent) reply.raw.destroy()
  else respond(reply.raw, { reason: 'internal_error', requestId, lines: exchange?.refusalLines })
}

function listenerOptions(gate: Gate, { limits, tls }: Config): ListenerOptions {
  const { observers } = gate
  return {
    limits,
    get idleTimeoutMs() {
      return Math.max(...deliveriesOf(gate).map(({ callerIdleMs }) => callerIdleMs))
    },
    tls,
    onReloadFailed: ({ message }) =>
      observers.log.error({ err: { message } }, 'TLS files could not be read; the old ones stay'),
    onRefused: () => observers.metrics.refusedConnections.inc(),
  }
}
