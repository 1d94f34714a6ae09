/**
 * The ops listener: /livez, /readyz, /metrics. Never on the traffic port, so that no path of the upstream can shadow or
 * reach it.
 */
import type { Registry } from '@prometheus-io/client'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import { schemaless } from '../schemaless.ts'
import type { Readiness } from './health.ts'

export interface OpsSources {
  readonly readiness: () => Readiness
  readonly registry: Registry
}

export function createOpsServer(sources: OpsSources): FastifyInstance {
  const app = fastify({ ...schemaless, logger: false, forceCloseConnections: true })
  app.get('/livez', answerLive)
  app.get('/readyz', (request, reply) => answerReady(sources, request, reply))
  app.get('/metrics', (request, reply) => answerMetrics(sources, request, reply))
  return app
}

function answerLive(_request: FastifyRequest, reply: FastifyReply): void {
  reply.type('text/plain').send('ok\n')
}

function answerReady(sources: OpsSources, _request: FastifyRequest, reply: FastifyReply): void {
  const state = sources.readiness()
  reply.code(state.ready ? 200 : 503).send(state)
}

async function answerMetrics(sources: OpsSources, _request: FastifyRequest, reply: FastifyReply): Promise<string> {
  reply.type(sources.registry.contentType)
  return sources.registry.metrics()
}
