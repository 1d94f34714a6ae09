/**
 * The traffic listener: what happens to a request, in the order it happens. Handlers only; the decision is `decide`'s,
 * the answer `respond`'s, the forwarding the proxy's.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import { decide } from './decide.ts'
import type { Decision, Refusal } from './decision.ts'
import { GateExchange, requestTarget } from './exchange.ts'
import type { Gate } from './gate.ts'
import type { ListenerOptions } from './listener.ts'
import { createListener } from './listener.ts'
import { answerParseError } from './parse-error.ts'
import { relay } from './proxy/http.ts'
import { mountProxy } from './proxy/mount.ts'
import { respond } from './respond.ts'
import { schemaless } from './schemaless.ts'

export interface App {
  readonly fastify: FastifyInstance
  /** Stops accepting connections and leaves the open ones alone. */
  stopListening(): void
  closeAll(): void
}

export function createApp(gate: Gate): App {
  const sockets: { server?: Server; stop?: () => void } = {}
  const app = fastify({
    ...schemaless,
    // Every socket limit is set in one place, and `close` is kept from before plugins replace it.
    serverFactory: (handler) => {
      const server = createListener(listenerOptions(gate), handler)
      sockets.server = server
      sockets.stop = server.close.bind(server)
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
  // Upgrades that were allowed go on to the plugin; everything else ends in the hook.
  mountProxy(app, gate.upstream, gate.tunnels)
  return {
    fastify: app,
    stopListening: () => sockets.stop?.(),
    closeAll: () => sockets.server?.closeAllConnections(),
  }
}

type Done = (error?: Error) => void

function onRequest(gate: Gate, request: FastifyRequest, reply: FastifyReply, done: Done): void {
  const { raw: req } = request
  const { raw: res } = reply
  const exchange = new GateExchange(gate, req, res)
  const { httpVersion, method = '', rawHeaders } = req
  const { address } = exchange.peer
  const head = { httpVersion, method, url: requestTarget(req), rawHeaders, address }
  // The cheapest answer there is, so that a late event loop catches up: nothing of the request has been looked at.
  const decision = gate.loop.isLate ? shed : decide(gate.runtime, head, gate.now())
  if (decision instanceof Promise) {
    decision.then((late) => proceed(gate, exchange, { decision: late, reply, done })).catch(done)
  } else {
    proceed(gate, exchange, { decision, reply, done })
  }
}

const shed: Refusal = { kind: 'refuse', reason: 'overloaded', route: undefined, caller: undefined }

interface Step {
  readonly decision: Decision
  readonly reply: FastifyReply
  readonly done: Done
}

function proceed(gate: Gate, exchange: GateExchange, { decision, reply, done }: Step): void {
  exchange.decided(decision)
  const { req, res } = exchange
  if (isUpgrade(req)) {
    // Whatever the answer, the connection ends with it.
    res.shouldKeepAlive = false
    if (decision.kind === 'allow' && !res.destroyed) {
      admitUpgrade(gate, exchange, decision)
      done()
      return
    }
  }
  reply.hijack()
  if (res.destroyed) return
  req.url = requestTarget(req)
  if (decision.kind === 'refuse') exchange.refuse(decision.reason, decision.exceeded)
  else relay(gate.upstream, exchange, exchange.forwardHeaders())
}

/** Node sets it on requests it hands over with their socket; the listener takes WebSocket upgrades only. */
function isUpgrade(req: IncomingMessage & { readonly upgrade?: boolean }): boolean {
  return req.upgrade === true
}

function admitUpgrade(gate: Gate, exchange: GateExchange, decision: Extract<Decision, { kind: 'allow' }>): void {
  exchange.becomeTunnel()
  gate.tunnels.admit(exchange.req, {
    target: requestTarget(exchange.req),
    headers: exchange.forwardHeaders(),
    expiresAtMs: decision.caller?.expiresAtMs,
  })
}

/** Nothing a caller sends should lead here. */
function answerFault(gate: Gate, error: Error, reply: FastifyReply): void {
  const requestId = gate.newRequestId()
  gate.log.error({ requestId, err: { message: error.message, stack: error.stack } }, 'fault')
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
