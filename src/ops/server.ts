/**
 * The ops listener: /livez, /readyz, /metrics, /mau, and the status page. It must never share the traffic port: callers could reach these paths,
 * and they would hide paths of the upstream.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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
  /** Answers `POST /explain` with a JSON document. Undefined: nobody may ask. */
  readonly explain?: ((asked: unknown) => Promise<{ readonly status: number; readonly body: object }>) | undefined
  /** What no answer shows: the message of an error may name files. */
  readonly onFault: (error: unknown) => void
}

interface Ready {
  readonly ready: boolean
}

export function createOpsServer(sources: OpsSources): FastifyInstance {
  const app = fastify({ ...schemaless, logger: false, forceCloseConnections: true })
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    if (isMistake(error)) return reply.code(error.statusCode ?? 400).send({ error: 'expected a small JSON object' })
    sources.onFault(error)
    return reply.code(500).type('text/plain').send('unavailable; the log says why\n')
  })
  app.get('/livez', answerLive)
  app.get('/readyz', (request, reply) => answerReady(sources, request, reply))
  app.get('/metrics', (request, reply) => answerMetrics(sources, request, reply))
  app.get('/mau', (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return sources.activity()
  })
  if (sources.explain) serveExplanations(app, sources.explain)
  if (sources.status) serveStatus(app, sources.status)
  return app
}

/** A longer token than any gate reads, and the rest of the question. */
const maxQuestionBytes = 1024 * 1024 + 64 * 1024

function serveExplanations(app: FastifyInstance, explain: NonNullable<OpsSources['explain']>): void {
  // A page of another site could send it without asking the browser first.
  app.removeContentTypeParser('text/plain')
  app.post('/explain', { bodyLimit: maxQuestionBytes }, async (request, reply) => {
    const { status, body } = await explain(request.body)
    reply.code(status).headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    return body
  })
}

/** Of the caller: the body is no JSON, or too long. The message may quote it. */
function isMistake({ statusCode }: FastifyError): boolean {
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500
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
