/**
 * The Fastify plugin: guards every route of the scope that registers it. Starts no listener; fetches keys from when the application
 * is ready until it closes.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import packageJson from '../../package.json' with { type: 'json' }
import type { Config } from '../config/config.ts'
import type { Credentials } from '../credentials/credentials.ts'
import { loadCredentials } from '../credentials/load.ts'
import type { Decision } from '../decide/decision.ts'
import { compileRuntime, withCredentials } from '../decide/runtime.ts'
import { Lifecycle } from '../gate/lifecycle.ts'
import { isEnding } from '../gate/listener/caller-connection.ts'
import { describeError } from '../ops/describe-error.ts'
import { readiness } from '../ops/health.ts'
import { reportKeyEvent } from '../ops/key-events.ts'
import { Metrics } from '../ops/metrics.ts'
import type { Scrape } from '../ops/scrape.ts'
import { createScrape } from '../ops/scrape.ts'
import { setUnrefTimer } from '../timer.ts'
import { compileClientNames } from '../tokens/claim-rules.ts'
import type { KeyFetcher } from '../tokens/keys/fetch.ts'
import { createKeyFetcher } from '../tokens/keys/fetch.ts'
import { startKeyRefresh } from '../tokens/keys/refresh.ts'
import type { Guard } from './guarded-request.ts'
import { GuardedRequest } from './guarded-request.ts'
import type { RouteWalks } from './judge.ts'
import { compileDefaultWalks, compileRouteWalks, judge } from './judge.ts'
import type { CogateOptions } from './options.ts'
import { readDemand, readOptions } from './read-options.ts'
import type { CogatePlugin } from './types.ts'

/** For tests: what a registration takes from the system otherwise. */
export interface LibraryParts {
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export function createPlugin({ now = Date.now }: LibraryParts = {}): CogatePlugin {
  const plugin: CogatePlugin = async (app, options) => {
    if (app.hasDecorator('cogate')) throw new Error('cogate guards this scope already')
    const config = readOptions(options, process.env)
    const fetcher = createKeyFetcher({ proxy: config.proxy })
    const guard = assembleGuard(app, config, { fetcher, now, credentials: await loadCredentials(config) })
    addDecorators(app, guard)
    addHooks(app, guard, options)
    keepKeys(app, guard, fetcher)
  }
  return fastifyPlugin(plugin, { name: 'cogate', fastify: '>=5' })
}

/** A plugin has no event loop of its own to watch. */
const never = { isLate: false, stop: () => undefined, longestDelayMs: () => undefined }

interface Assembling {
  readonly fetcher: KeyFetcher
  readonly now: () => number
  readonly credentials: Credentials
}

function assembleGuard(app: FastifyInstance, config: Config, { fetcher, now, credentials }: Assembling): Guard {
  const metrics = new Metrics(compileClientNames(config))
  const lifecycle = new Lifecycle({ now, loop: never })
  const compiled = compileRuntime(config, {
    fetchKeys: fetcher.fetchKeys,
    now,
    random: Math.random,
    onKeyEvent: (event) => lifecycle.isClosed || reportKeyEvent({ log: app.log, metrics }, event),
    onVerified: (...verified) => metrics.tokens.add(...verified),
  })
  // An application has its own paths everywhere.
  const endpoints = { isRoutable: () => false, owns: () => false }
  return {
    runtime: { ...withCredentials(compiled, credentials), endpoints },
    lifecycle,
    metrics,
    logsAccess: config.log.access,
  }
}

function addDecorators(app: FastifyInstance, guard: Guard): void {
  const scrape = openScrape(guard)
  app.decorate('cogate', {
    metrics: async () => (await scrape.page()).text,
    readiness: () => ({ ready: readiness(guard.runtime.jwks.statuses(), guard.lifecycle.isClosed).ready }),
  })
  // A scope beside this one may have its own.
  if (!app.hasRequestDecorator('cogate')) app.decorateRequest('cogate')
}

function openScrape({ runtime, lifecycle, metrics }: Guard): Scrape {
  const sources = {
    cache: () => runtime.verifier.cache.counts(),
    keys: () => runtime.jwks.statuses(),
    inFlight: () => lifecycle.openCount,
    waiting: () => 0,
    connections: () => [],
    revocations: () => undefined,
    loopDelayMs: () => undefined,
    version: packageJson.version,
  }
  return createScrape(async () => (await import('../ops/exposition/registry.ts')).createRegistry(metrics, sources))
}

/** Before any body is looked at. */
function addHooks(app: FastifyInstance, guard: Guard, options: CogateOptions): void {
  const common = compileDefaultWalks(guard.runtime)
  const known = new WeakMap<object, RouteWalks>()
  const compile = (config: RouteConfig, name: string): RouteWalks => {
    if (config.cogate === undefined) return common
    const demand = readDemand(config.cogate, name, options.userPools)
    guard.runtime.verifier.asks.add(demand)
    return compileRouteWalks(guard.runtime, demand, config.url ?? name)
  }
  const walksOf = (config: RouteConfig): RouteWalks => {
    const walks = known.get(config) ?? compile(config, `${config.method} ${config.url}`)
    known.set(config, walks)
    return walks
  }
  // A mistake in a demand stops the start, and not the first request.
  app.addHook('onRoute', ({ config, method, url }) => {
    compile({ ...config, url }, `${method} ${url}`)
  })
  app.addHook('onRequest', (request, reply, done) => guardRequest({ guard, walksOf }, request, { reply, done }))
}

type RouteConfig = Pick<NonNullable<RouteOptions['config']>, 'cogate'> & {
  readonly url?: string
  readonly method?: unknown
}

interface Walking {
  readonly guard: Guard
  readonly walksOf: (config: RouteConfig) => RouteWalks
}

interface Turn {
  readonly reply: FastifyReply
  /** Goes on with the request. */
  readonly done: () => void
}

function guardRequest({ guard, walksOf }: Walking, request: FastifyRequest, { reply, done }: Turn): void {
  // Bytes behind a malformed request are no request.
  if (isEnding(request.raw.socket)) {
    reply.hijack()
    return
  }
  const guarded = new GuardedRequest(guard, request, reply)
  const fail = (error: unknown): void => {
    request.log.error({ requestId: guarded.requestId, err: describeError(error) }, 'fault')
    guarded.fail()
  }
  const conclude = (decision: Decision): void => {
    if (guarded.conclude(decision)) done()
  }
  try {
    const decision = judge(walksOf(request.routeOptions.config), guarded.question)
    if (decision instanceof Promise) decision.then(conclude).catch(fail)
    else conclude(decision)
  } catch (error) {
    fail(error)
  }
}

/** An application does not wait longer for its user pools: requests do. */
const longestWaitMs = 3000

function keepKeys(app: FastifyInstance, { runtime, lifecycle }: Guard, fetcher: KeyFetcher): void {
  const refresh: { stop?: () => Promise<void> } = {}
  app.addHook('onReady', async () => {
    const fetched = runtime.jwks.refreshDue().catch(() => undefined)
    refresh.stop = startKeyRefresh(runtime.jwks, { now: lifecycle.now }).stop
    await Promise.race([fetched, new Promise<void>((resolve) => setUnrefTimer(resolve, longestWaitMs))])
  })
  app.addHook('onClose', async () => {
    lifecycle.close()
    const stopped = refresh.stop?.()
    await Promise.all([fetcher.close(), stopped])
  })
}
