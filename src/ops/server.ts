/**
 * The ops listener: /livez, /readyz, /metrics, /mau, and the status page. It must never share the traffic port: callers could reach these paths,
 * and they would hide paths of the upstream.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import { schemaless } from '../fastify-options.ts'
import type { ActivityPart } from './cost/active-users.ts'
import type { MetricsPage } from './scrape.ts'
import type { Status } from './status/status.ts'

export interface OpsSources {
  /** What /readyz answers: with status 200 when ready, with 503 otherwise. */
  readonly readiness: () => Ready | Promise<Ready>
  readonly metrics: () => Promise<MetricsPage>
  readonly activity: () => ActivityPart | Promise<ActivityPart>
  /** The data of the status page. Undefined: there is none. */
  readonly status?: (() => Status | Promise<Status>) | undefined
  /** What no answer shows: the message of an error may name files. */
  readonly onFault: (error: unknown) => void
}

interface Ready {
  readonly ready: boolean
}

export function createOpsServer(sources: OpsSources): FastifyInstance {
  const app = fastify({ ...schemaless, logger: false, forceCloseConnections: true })
  app.setErrorHandler((error, _request, reply) => {
    sources.onFault(error)
    reply.code(500).type('text/plain').send('unavailable; the log says why\n')
  })
  app.get('/livez', answerLive)
  app.get('/readyz', (request, reply) => answerReady(sources, request, reply))
  app.get('/metrics', (request, reply) => answerMetrics(sources, request, reply))
  app.get('/mau', (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return sources.activity()
  })
  if (sources.status) serveStatus(app, sources.status)
  return app
}

/** The page is loaded when it is asked for the first time. */
function serveStatus(app: FastifyInstance, status: NonNullable<OpsSources['status']>): void {
  app.get('/', async (_request, reply) => {
    const { createStatusPage } = await import('./status/page.ts')
    const { body, headers } = createStatusPage()
    reply.headers(headers)
    return body
  })
  app.get('/status', async (_request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    return status()
  })
}

function answerLive(_request: FastifyRequest, reply: FastifyReply): void {
  reply.type('text/plain').send('ok\n')
}

async function answerReady(sources: OpsSources, _request: FastifyRequest, reply: FastifyReply): Promise<Ready> {
  const state = await sources.readiness()
  reply.code(state.ready ? 200 : 503)
  return state
}

async function answerMetrics({ metrics }: OpsSources, _request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const page = await metrics()
  reply.type(page.contentType)
  return page.text
}
