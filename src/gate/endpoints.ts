/**
 * The gate's own endpoints on the traffic listener: Fastify routes below `endpoints.prefix`, reached only by requests whose
 * path is the gate's own. Never forwards anything.
 */
import type { FastifyPluginCallback } from 'fastify'
import { deliver } from './deliver.ts'
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
  app.setNotFoundHandler((request, reply) => {
    reply.hijack()
    const exchange = exchangeOf(request.raw)
    if (exchange) refuseEndpoint(gate, exchange)
  })
  done()
}

function refuseEndpoint(gate: Gate, exchange: Exchange): void {
  const refusal = { kind: 'refuse', reason: 'endpoint_not_found', route: undefined, caller: undefined } as const
  exchange.decided(refusal)
  deliver(gate, exchange, refusal, () => undefined)
}
