/**
 * The traffic listener: what happens to a request, in the order it happens. Handlers only; the decision is `decide`'s,
 * the answer `respond`'s, the forwarding the proxy's.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import { decide, shed } from '../decide/decide.ts'
import type { Decision } from '../decide/decision.ts'
import type { RequestHead } from '../decide/request-head.ts'
import { isMethod } from '../decide/request-head.ts'
import { schemaless } from '../fastify-options.ts'
import { describeError } from '../ops/log.ts'
import { relay } from '../upstream/forward.ts'
import { exchangeOf, GateExchange, requestTarget } from './exchange.ts'
import type { Gate } from './gate.ts'
import { isEnding } from './listener/caller-connection.ts'
import type { ListenerOptions } from './listener/listener.ts'
import { createListener } from './listener/listener.ts'
import { isUpgraded, routeUpgrade } from './listener/upgrade.ts'
import { answerParseError } from './parse-error.ts'
import { respond } from './respond.ts'

export interface App {
  readonly fastify: FastifyInstance
  /** Stops accepting connections and leaves the open ones alone. */
  stopListening(): void
  closeAll(): void
}

export function createApp(gate: Gate): App {
  const listener: { server?: Server } = {}
  const idleMs = gate.callerIdleMs
  const app: FastifyInstance = fastify({
    ...schemaless,
    // Every socket limit is set in one place.
    serverFactory: (handler) => {
      const server = createListener(listenerOptions(gate), (req, res) => {
        if (isMethod(req.method)) handler(req, res)
        // Fastify has no route for it, and would draw all it has for every such request.
        else refuseMethod(gate, req, res)
      })
      listener.server = server
      server.on('upgrade', (req, socket: Socket, early) => routeUpgrade(app, { req, socket, early, idleMs }))
      // Node ends a CONNECT that nobody listens for without a word.
      server.on('connect', (_request, socket) => answerParseError(gate, new Error('CONNECT'), socket))
      return server
    },
    // The gate logs one line an exchange by itself.
    logger: false,
    // While draining, requests that still arrive are served.
    return503OnClosing: false,
    // One catch-all: Fastify's router never reads a URL, so no path can be read in two ways.
    rewriteUrl: () => '/',
    // Bytes that never became a request.
    clientErrorHandler: (error, socket) => answerParseError(gate, error, socket),
  })
  // Before any body is looked at: media types and sizes are the upstream's business.
  app.addHook('onRequest', (request, reply, done) => onRequest(gate, request, reply, done))
  // A fault of our own: an answer without a stack.
  app.setErrorHandler((error, _request, reply) => answerFault(gate, error as Error, reply))
  // The one route there is: every exchange ends in the hook before it.
  app.all('/', refuseUnreachable)
  return {
    fastify: app,
    stopListening: () => listener.server?.close(),
    closeAll: () => listener.server?.closeAllConnections(),
  }
}

type Done = (error?: Error) => void

function onRequest(gate: Gate, request: FastifyRequest, reply: FastifyReply, done: Done): void {
  const { raw: req } = request
  const { raw: res } = reply
  if (isEnding(req.socket)) {
    reply.hijack()
    return
  }
  const exchange = new GateExchange(gate, req, res)
  const head = headOf(exchange)
  const decision = gate.loop.isLate ? shed(gate.runtime, head) : decide(gate.runtime, head, gate.now())
  if (decision instanceof Promise) {
    decision.then((late) => proceed(gate, exchange, { decision: late, reply })).catch(done)
  } else {
    proceed(gate, exchange, { decision, reply })
  }
}

function headOf({ req, peer }: GateExchange): RequestHead {
  const { httpVersion, method = '', rawHeaders } = req
  return { httpVersion, method, url: requestTarget(req), rawHeaders, address: peer.address }
}

/** A method that is none of HTTP's: malformed already by the head, which is all that is looked at. */
function refuseMethod(gate: Gate, req: IncomingMessage, res: ServerResponse): void {
  if (isEnding(req.socket)) return
  const exchange = new GateExchange(gate, req, res)
  const refusal = shed(gate.runtime, headOf(exchange))
  exchange.decided(refusal)
  exchange.refuse(refusal.reason)
}

interface Step {
  readonly decision: Decision
  readonly reply: FastifyReply
}

function proceed(gate: Gate, exchange: GateExchange, { decision, reply }: Step): void {
  exchange.decided(decision)
  reply.hijack()
  if (exchange.res.destroyed) return
  // From the hijack on Fastify takes no error any more.
  try {
    carryOut(gate, exchange, decision)
  } catch (error) {
    exchange.breakOff('internal_error')
    answerFault(gate, error as Error, reply)
  }
}

function carryOut(gate: Gate, exchange: GateExchange, decision: Decision): void {
  const { req, res } = exchange
  const isUpgrade = isUpgraded(req)
  // Whatever the answer, the connection ends with it.
  if (isUpgrade) res.shouldKeepAlive = false
  req.url = requestTarget(req)
  if (decision.kind === 'refuse') exchange.refuse(decision.reason, decision.exceeded)
  else if (isUpgrade) gate.webSockets.open(exchange)
  else relay(gate.upstream, exchange)
}

function refuseUnreachable(): never {
  throw new Error('an exchange passed the gate')
}

/** Nothing a caller sends should lead here. */
function answerFault(gate: Gate, error: Error, reply: FastifyReply): void {
  const requestId = exchangeOf(reply.raw.req)?.requestId ?? gate.newRequestId()
  gate.log.error({ requestId, err: describeError(error) }, 'fault')
  reply.hijack()
  if (reply.raw.headersSent) reply.raw.destroy()
  else respond(reply.raw, { reason: 'internal_error', requestId })
}

function listenerOptions({ runtime, listenerTls, callerIdleMs, log, metrics }: Gate): ListenerOptions {
  return {
    limits: runtime.limits,
    idleTimeoutMs: callerIdleMs,
    tls: listenerTls,
    onReloadFailed: ({ message }) => log.error({ err: { message } }, 'TLS files could not be read; the old ones stay'),
    onRefused: () => metrics.refusedConnections.inc(),
  }
}
