/**
 * A whole gate, started, drained and closed: runtime, upstream, key refresh and both listeners; or the traffic half of
 * it, for a worker. Knows no argv, no environment and no signals.
 */
import { setTimeout as sleep, setImmediate as turnOfLoop } from 'node:timers/promises'
import type { App } from './app.ts'
import { createApp } from './app.ts'
import { bind, unbind } from './bind.ts'
import type { Config } from './config/config.ts'
import type { Gate } from './gate.ts'
import { InFlight } from './in-flight.ts'
import { startKeyRefresh } from './key-refresh.ts'
import type { Logger } from './log.ts'
import { createLogger, flushLog, withoutNet } from './log.ts'
import type { LoopClock } from './loop-watch.ts'
import { watchLoop } from './loop-watch.ts'
import type { Readiness } from './ops/health.ts'
import { readiness } from './ops/health.ts'
import type { Metrics } from './ops/metrics.ts'
import { createMetrics } from './ops/metrics.ts'
import { createOpsServer } from './ops/server.ts'
import { createKeyFetcher } from './proxy/jwks-fetch.ts'
import { Tunnels } from './proxy/tunnels.ts'
import { createUpstream } from './proxy/upstream.ts'
import type { WebSocketOptions, WebSockets } from './proxy/web-sockets.ts'
import { createRequestIds } from './request-id.ts'
import { compileRuntime } from './runtime.ts'
import type { JwksEvent } from './tokens/jwks.ts'

export interface RunningGate {
  /** Of the traffic listener, without a trailing slash. */
  readonly url: string
  readonly opsUrl: string
  /** Ready off, serve on for the delay, stop listening, finish what runs, close. */
  drain(): Promise<void>
  /** At once. */
  close(): Promise<void>
}

export interface GateParts {
  readonly version: string
  /** Milliseconds since the epoch; default the system clock. */
  readonly now?: () => number
  readonly log?: Logger
  /** What the event loop is measured by; default the system's. */
  readonly loopClock?: LoopClock
}

/** Everything but the ops listener. Keys are fetched from the start, callers are served from `listen` on. */
export interface Traffic {
  readonly registry: Metrics['registry']
  readiness(): Readiness
  /** Resolves to the URL, without a trailing slash. Throws FaultError when the listener cannot be bound. */
  listen(): Promise<string>
  drain(): Promise<void>
  close(): Promise<void>
}

/** Throws FaultError when a listener cannot be bound. Cognito need not be reachable: readiness tells. */
export async function startGate(config: Config, parts: GateParts): Promise<RunningGate> {
  const log = parts.log ?? createLogger(config.log)
  const traffic = await createTraffic(config, { ...parts, log })
  const ops = createOpsServer({ readiness: traffic.readiness, metrics: traffic.registry })
  const close = async (): Promise<void> => {
    await Promise.all([traffic.close(), ops.close()])
  }
  try {
    const opsUrl = await bind(ops, config.ops.listen, 'ops.listen')
    const url = await traffic.listen()
    log.info({ listen: url, ops: opsUrl, upstream: config.upstream.url, version: parts.version }, 'listening')
    return { url, opsUrl, drain: () => traffic.drain().then(() => ops.close()), close }
  } catch (error) {
    await close()
    throw error
  }
}

export async function createTraffic(config: Config, parts: GateParts & { readonly log: Logger }): Promise<Traffic> {
  const fetcher = createKeyFetcher()
  const gate = await assembleGate(config, { ...parts, fetchKeys: fetcher.fetchKeys })
  const app = createApp(gate)
  const refresh = startKeyRefresh(gate.runtime.jwks, { now: gate.now })
  const close = async (): Promise<void> => {
    gate.state.closed = true
    gate.loop.stop()
    const refreshed = refresh.stop()
    gate.webSockets.destroyAll()
    app.closeAll()
    gate.upstream.pool.close()
    await Promise.all([unbind(app.fastify), fetcher.close(), refreshed])
    await flushLog(gate.log)
  }
  return {
    registry: gate.metrics.registry,
    readiness: () => readiness(gate.runtime.jwks.statuses(), gate.state.draining),
    async listen() {
      const bound = await bind(app.fastify, config.listen, 'listen')
      // Fastify does not know of the TLS of a server it was handed.
      return config.tls ? bound.replace('http:', 'https:') : bound
    },
    drain: () => drain({ gate, app, config, close }),
    close,
  }
}

type AssembledParts = GateParts & {
  readonly log: Logger
  readonly fetchKeys: Parameters<typeof compileRuntime>[1]['fetchKeys']
}

async function assembleGate(config: Config, parts: AssembledParts): Promise<Gate> {
  const { log, version, fetchKeys, now = Date.now } = parts
  const state = { draining: false, closed: false }
  const inFlight = new InFlight()
  const upstream = createUpstream(config.upstream)
  // Before the runtime: reading a snapshot or a key file is an event already.
  const metrics = createMetrics({
    cache: () => runtime.verifier.cache.counts(),
    keys: () => runtime.jwks.statuses(),
    inFlight: () => inFlight.count,
    waiting: () => upstream.pool.waiting,
    version,
  })
  const runtime = compileRuntime(config, {
    fetchKeys,
    now,
    random: Math.random,
    // A fetch that is cut off because the gate closes is no fault.
    onKeyEvent: (event) => state.closed || reportKeyEvent(log, metrics, event),
  })
  const webSockets = await createWebSockets({
    upstream,
    settings: config.upstream,
    now,
    gauge: metrics.webSockets,
  })
  return {
    runtime,
    upstream,
    webSockets,
    inFlight,
    loop: watchLoop({
      limitMs: config.limits.eventLoopDelayMs,
      onChange: (isLate, delayMs) => reportLoop(log, isLate, delayMs),
      clock: parts.loopClock,
    }),
    metrics,
    log,
    accessLog: withoutNet(log),
    now,
    config: config.log,
    listenerTls: config.tls,
    callerIdleMs: callerIdleMs(config.upstream),
    newRequestId: createRequestIds(),
    state,
  }
}

/** Relays come with WebSocket and HTTP libraries that nobody else needs. */
async function createWebSockets(options: WebSocketOptions): Promise<WebSockets> {
  if (options.settings.webSocket === 'tunnel') return new Tunnels(options)
  const { createRelays } = await import('./proxy/relays.ts')
  return createRelays(options)
}

/** A caller who stops reading is cut after `idleTimeout`; one who waits for a slow upstream is not. */
function callerIdleMs(upstream: Config['upstream']): number {
  const { waitTimeoutMs, connectTimeoutMs, responseTimeoutMs, idleTimeoutMs } = upstream
  return Math.max(idleTimeoutMs, waitTimeoutMs + connectTimeoutMs + responseTimeoutMs + idleSlackMs)
}

const idleSlackMs = 1000

const keyEventLevel = {
  fetched: 'debug',
  keys_changed: 'info',
  fetch_failed: 'warn',
  key_rejected: 'warn',
  snapshot_failed: 'warn',
  snapshot_ignored: 'warn',
} as const satisfies Record<JwksEvent['kind'], string>

function reportKeyEvent(log: Logger, metrics: Metrics, event: JwksEvent): void {
  if (event.kind === 'fetched') metrics.countKeyFetch(event.pool, 'ok')
  if (event.kind === 'fetch_failed') metrics.countKeyFetch(event.pool, 'error')
  log[keyEventLevel[event.kind]]({ pool: event.pool, detail: event.detail }, event.kind)
}

function reportLoop(log: Logger, isLate: boolean, delayMs: number): void {
  if (isLate) log.warn({ delayMs: Math.round(delayMs) }, 'shedding: the event loop is late')
  else log.info({ delayMs: Math.round(delayMs) }, 'shedding is over')
}

interface Draining {
  readonly gate: Gate
  readonly app: App
  readonly config: Config
  readonly close: () => Promise<void>
}

/** Orchestrators go on sending for a while after they asked to stop: the delay serves those requests too. */
async function drain({ gate, app, config, close }: Draining): Promise<void> {
  gate.state.draining = true
  gate.log.info({ delayMs: config.drain.delayMs }, 'draining')
  await sleep(config.drain.delayMs)
  // On a busy machine the timer may run before what has arrived on kept connections is read; those are about to close.
  await turnOfLoop()
  app.stopListening()
  gate.webSockets.closeAll()
  const abort = new AbortController()
  const deadline = sleep(config.drain.timeoutMs, 'deadline', { signal: abort.signal }).catch(() => 'idle')
  const outcome = await Promise.race([gate.inFlight.whenIdle(), deadline])
  abort.abort()
  gate.log.info({ unfinished: outcome === 'deadline' ? gate.inFlight.count : 0 }, 'drained')
  await close()
}
