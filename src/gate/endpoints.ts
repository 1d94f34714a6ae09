/**
 * The gate's own endpoints on the traffic listener: Fastify routes below `endpoints.prefix`, reached only by requests whose
 * path is the gate's own; and the questions of other proxies. Never forwards anything.
 */
import { on } from 'node:events'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { shed } from '../decide/decide.ts'
import { resourcePath, serverPath, wellKnown } from '../decide/endpoints.ts'
import type { ForwardAuth, Verdict } from '../forward-auth/forward-auth.ts'
import type { Reason } from '../reasons.ts'
import { deliver, deliverVerdict, loginRequest, showLater } from './deliver.ts'
import { Exchange, exchangeOf, requestTarget } from './exchange.ts'
import type { Gate } from './gate.ts'
import { isEnding } from './listener/caller-connection.ts'
import type { GateRequest } from './listener/incoming-request.ts'

/** On the instance itself: a plugin with a prefix would have a router of its own for what it does not find. */
export function addEndpoints(app: FastifyInstance, gate: Gate, prefix: string): void {
  // An endpoint that wants a body reads it itself; none is read for an answer that does not depend on it.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
  for (const [path, methods] of Object.entries(gate.runtime.login?.endpoints ?? {})) {
    const handler = (request: FastifyRequest, reply: FastifyReply) => answerEndpoint(gate, path, { request, reply })
    app.route({ method: Object.keys(methods), url: prefix + path, handler })
  }
  for (const path of gate.runtime.authApi?.paths ?? []) {
    const handler = (request: FastifyRequest, reply: FastifyReply) => answerAuthApi(gate, path, { request, reply })
    app.route({ method: ['GET', 'POST', 'OPTIONS'], url: prefix + path, handler })
  }
  for (const path of [resourcePath, serverPath]) {
    const handler = (request: FastifyRequest, reply: FastifyReply) => answerMetadata(gate, { request, reply })
    for (const url of [path, `${path}/*`]) app.route({ method: ['GET', 'OPTIONS'], url: prefix + url, handler })
  }
  for (const url of ['/jwks.json', '/keys/*']) {
    app.get(prefix + url, (request, reply) => answerKeys(gate, prefix, { request, reply }))
  }
  app.setNotFoundHandler((request, reply) => {
    reply.hijack()
    const exchange = exchangeOf(request.raw)
    if (exchange) refuseEndpoint(gate, exchange)
  })
}

/**
 * Fastify finds fault with a media type, or with a QUERY that has none. Returns whether it was that, and is answered; everything
 * else is a fault of our own.
 */
export function refuseMistake(gate: Gate, error: Partial<FastifyError>, { request, reply }: Call): boolean {
  const exchange = exchangeOf(request.raw)
  if (exchange === undefined || (error.statusCode ?? 500) >= 500) return false
  reply.hijack()
  refuseEndpoint(gate, exchange, 'request_malformed')
  return true
}

interface Call {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** The exchange answers with the runtime that it has taken when it arrived. */
function answerEndpoint(gate: Gate, path: string, { request, reply }: Call): void {
  reply.hijack()
  const exchange = exchangeOf(request.raw)
  if (exchange === undefined) return
  const methods = exchange.runtime.login?.endpoints[path]
  const endpoint = request.method === 'POST' ? methods?.POST : methods?.GET
  if (endpoint === undefined) refuseEndpoint(gate, exchange)
  else showLater(gate, exchange, endpoint(loginRequest(gate, exchange)))
}

function answerAuthApi(gate: Gate, path: string, { request, reply }: Call): void {
  reply.hijack()
  const exchange = exchangeOf(request.raw)
  const api = exchange?.runtime.authApi
  if (exchange && api) {
    showLater(gate, exchange, api.answer(path, { ...loginRequest(gate, exchange), body: bodyOf(exchange) }))
  }
}

/**
 * It flows: only a body that flows is known to be awaited, and ends when its caller is silent. Whoever stops to read it has an
 * answer already; the rest is thrown away, as that of every upload that is refused.
 */
async function* bodyOf({ req, res, head: { fields, httpVersion } }: Exchange): AsyncGenerator<Uint8Array> {
  if (req.destroyed) return
  if (fields.expect !== undefined && httpVersion !== '1.0') res.writeContinue()
  try {
    for await (const [chunk] of on(req, 'data', { close: ['end', 'close'] })) yield chunk as Uint8Array
    if (!req.complete) throw new Error('the caller has left')
  } finally {
    req.resume()
  }
}

/** Their paths are not below the prefix: a request that has named it has found nothing. */
function answerMetadata(gate: Gate, { request, reply }: Call): void {
  reply.hijack()
  const exchange = exchangeOf(request.raw)
  if (exchange === undefined) return
  const target = requestTarget(request.raw)
  const metadata = target.startsWith(wellKnown) ? exchange.runtime.resourceMetadata : undefined
  if (metadata === undefined) refuseEndpoint(gate, exchange)
  else showLater(gate, exchange, metadata.answer(request.method, target))
}

/** The keys that identities are signed with. */
function answerKeys(gate: Gate, prefix: string, { request, reply }: Call): void {
  reply.hijack()
  const exchange = exchangeOf(request.raw)
  if (exchange === undefined) return
  const [path = ''] = requestTarget(request.raw).split('?', 1)
  const answer = exchange.runtime.identitySigner?.answer(path.slice(prefix.length))
  if (answer === undefined) refuseEndpoint(gate, exchange)
  else exchange.show(answer)
}

function refuseEndpoint(gate: Gate, exchange: Exchange, reason: Reason = 'endpoint_not_found'): void {
  const refusal = refusalFor(reason)
  exchange.decided(refusal)
  deliver(gate, exchange, refusal, () => undefined)
}

function refusalFor(reason: Reason) {
  return { kind: 'refuse', reason, route: undefined, caller: undefined } as const
}

export interface QuestionCall extends Call {
  /** Takes an error; the answer is then that of a fault. */
  readonly done: (error: Error) => void
}

/** Another proxy asks about a request. Its path is not decided: the one behind it is. */
export function answerQuestion(gate: Gate, forwardAuth: ForwardAuth, { request, reply, done }: QuestionCall): void {
  const req = request.raw as GateRequest
  if (isEnding(req.socket)) {
    reply.hijack()
    return
  }
  const exchange = new Exchange(gate, req, reply.raw)
  const conclude = (verdict: Verdict): void => {
    exchange.decided(verdict)
    // From the hijack on Fastify takes no error any more.
    try {
      if (!exchange.res.destroyed) deliverVerdict(gate, exchange, verdict)
      reply.hijack()
    } catch (error) {
      exchange.breakOff('internal_error')
      done(error as Error)
    }
  }
  const verdict = judge(gate, exchange, forwardAuth)
  if (verdict instanceof Promise) verdict.then(conclude).catch(done)
  else conclude(verdict)
}

function judge({ lifecycle }: Gate, exchange: Exchange, forwardAuth: ForwardAuth): Verdict | Promise<Verdict> {
  const { runtime, head } = exchange
  if (lifecycle.loop.isLate) return shed(runtime, head)
  const question = forwardAuth.read(head)
  if (typeof question === 'string') return refusalFor(question)
  exchange.asks(question)
  return forwardAuth.decide(question, lifecycle.now())
}
