/**
 * The gate's own endpoints on the traffic listener: Fastify routes below `endpoints.prefix`, reached only by requests whose
 * path is the gate's own. Never forwards anything.
 */
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import { deliver, loginRequest, showLater } from './deliver.ts'
import type { Exchange } from './exchange.ts'
import { exchangeOf } from './exchange.ts'
import type { Gate } from './gate.ts'

export interface OwnEndpointsOptions {
  readonly gate: Gate
}

export const ownEndpoints: FastifyPluginCallback<OwnEndpointsOptions> = (app, { gate }, done) => {
  // An endpoint that wants a body reads it itself; none is read for an answer that does not depend on it.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
  for (const [path, methods] of Object.entries(gate.runtime.login?.endpoints ?? {})) {
    for (const method of Object.keys(methods)) {
      app.route({ method, url: path, handler: (request, reply) => answerEndpoint(gate, path, { request, reply }) })
    }
  }
  app.setNotFoundHandler((request, reply) => {
    reply.hijack()
    const exchange = exchangeOf(request.raw)
    if (exchange) refuseEndpoint(gate, exchange)
  })
  done()
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

function refuseEndpoint(gate: Gate, exchange: Exchange): void {
  const refusal = { kind: 'refuse', reason: 'endpoint_not_found', route: undefined, caller: undefined } as const
  exchange.decided(refusal)
  deliver(gate, exchange, refusal, () => undefined)
}
