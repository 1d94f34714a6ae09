/**
 * Puts a gate together from its configuration, and joins what its parts report to log and metrics. Starts no listener and
 * fetches no key.
 */
import type { Config } from '../config/config.ts'
import { compileRuntime } from '../decide/runtime.ts'
import type { Logger } from '../ops/log.ts'
import { withoutNet } from '../ops/log.ts'
import { Metrics } from '../ops/metrics.ts'
import type { MetricSources, Registry } from '../ops/registry.ts'
import { createScrape } from '../ops/scrape.ts'
import type { FetchKeys, JwksEvent } from '../tokens/keys/jwks.ts'
import { createUpstream } from '../upstream/upstream.ts'
import { Tunnels } from '../upstream/websocket/tunnels.ts'
import type { WebSocketOptions, WebSockets } from '../upstream/websocket/web-sockets.ts'
import type { Gate } from './gate.ts'
import { InFlight } from './in-flight.ts'
import type { LoopClock } from './loop-watch.ts'
import { watchLoop } from './loop-watch.ts'
import { createRequestIds } from './request-id.ts'

/** What a gate is given besides its configuration. */
export interface GateParts {
  readonly version: string
  /** Milliseconds since the epoch; default the system clock. */
  readonly now?: () => number
  readonly log?: Logger
  /** What the event loop is measured by; default the system's. */
  readonly loopClock?: LoopClock
}

export interface AssembleOptions extends GateParts {
  readonly log: Logger
  readonly fetchKeys: FetchKeys
}

export async function assembleGate(config: Config, options: AssembleOptions): Promise<Gate> {
  const { log, version, fetchKeys, now = Date.now } = options
  const state = { draining: false, closed: false }
  const inFlight = new InFlight()
  const upstream = createUpstream(config.upstream)
  // Before the runtime: reading a snapshot or a key file is an event already.
  const metrics = new Metrics()
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
      clock: options.loopClock,
    }),
    metrics,
    scrape: createScrape(() =>
      loadRegistry(metrics, {
        cache: () => runtime.verifier.cache.counts(),
        keys: () => runtime.jwks.statuses(),
        inFlight: () => inFlight.count,
        waiting: () => upstream.pool.waiting,
        version,
      }),
    ),
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

/** The library that shows metrics is no part of a start. */
async function loadRegistry(metrics: Metrics, sources: MetricSources): Promise<Registry> {
  const { createRegistry } = await import('../ops/registry.ts')
  return createRegistry(metrics, sources)
}

/** Relays come with WebSocket and HTTP libraries that nobody else needs. */
async function createWebSockets(options: WebSocketOptions): Promise<WebSockets> {
  if (options.settings.webSocket === 'tunnel') return new Tunnels(options)
  const { createRelays } = await import('../upstream/websocket/relays.ts')
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
