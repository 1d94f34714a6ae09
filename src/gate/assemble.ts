/**
 * Builds a gate from its configuration, and joins what its parts report to log and metrics. Starts no listener and fetches
 * no key.
 */
import type { Config } from '../config/config.ts'
import { compileRuntime } from '../decide/runtime.ts'
import { reportKeyEvent } from '../ops/key-events.ts'
import type { Logger } from '../ops/log.ts'
import type { Observers } from '../ops/observers.ts'
import { createObservers } from '../ops/observers.ts'
import type { MetricSources } from '../ops/registry.ts'
import type { FetchKeys } from '../tokens/keys/jwks.ts'
import { createUpstream } from '../upstream/upstream.ts'
import { Tunnels } from '../upstream/websocket/tunnels.ts'
import type { WebSocketOptions, WebSockets } from '../upstream/websocket/web-sockets.ts'
import { ExpiringStreams } from './expiring-streams.ts'
import type { Delivery, Gate, GateRuntime } from './gate.ts'
import { Lifecycle } from './lifecycle.ts'
import { joinLogin } from './login-events.ts'
import type { LoopClock } from './loop-watch.ts'
import { watchLoop } from './loop-watch.ts'

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
  const observers = createObservers(config.log, log, () => sourcesOf(gate, version))
  const loop = watchLoop({
    limitMs: config.limits.eventLoopDelayMs,
    onChange: (isLate, delayMs) => reportLoop(log, isLate, delayMs),
    clock: options.loopClock,
  })
  const lifecycle = new Lifecycle({ now, loop })
  const compiled = compileRuntime(config, {
    fetchKeys,
    now,
    random: Math.random,
    // A fetch that is cut off because the gate closes is no fault.
    onKeyEvent: (event) => lifecycle.isClosed || reportKeyEvent(observers, event),
  })
  const runtime = await joinForwardAuth(config, await joinLogin(config, compiled, { observers, now }))
  const gate: Gate = { runtime, delivery: await createDelivery(config, now, observers), observers, lifecycle }
  return gate
}

/** Nothing of that room is loaded without `forwardAuth.enabled`. */
async function joinForwardAuth(config: Config, runtime: Omit<GateRuntime, 'forwardAuth'>): Promise<GateRuntime> {
  if (!config.forwardAuth.enabled) return { ...runtime, forwardAuth: undefined }
  const { compileForwardAuth } = await import('../forward-auth/forward-auth.ts')
  return { ...runtime, forwardAuth: compileForwardAuth(config.endpoints.prefix, runtime) }
}

function sourcesOf(gate: Gate, version: string): MetricSources {
  return {
    cache: () => gate.runtime.verifier.cache.counts(),
    keys: () => gate.runtime.jwks.statuses(),
    inFlight: () => gate.lifecycle.openCount,
    waiting: () => gate.delivery.upstream.pool.waiting,
    version,
  }
}

async function createDelivery(
  { upstream: settings, auth }: Config,
  now: () => number,
  observers: Observers,
): Promise<Delivery> {
  const upstream = createUpstream(settings, ({ message }) =>
    observers.log.error({ err: { message } }, 'TLS files could not be read; the old ones stay'),
  )
  const webSockets = await createWebSockets({ upstream, settings, now, gauge: observers.metrics.webSockets })
  return { upstream, webSockets, expiringStreams: auth.endStreamsAtExpiry ? new ExpiringStreams(now) : undefined }
}

/** Relays come with WebSocket and HTTP libraries that nobody else needs. */
async function createWebSockets(options: WebSocketOptions): Promise<WebSockets> {
  if (options.settings.webSocket === 'tunnel') return new Tunnels(options)
  const { createRelays } = await import('../upstream/websocket/relays.ts')
  return createRelays(options)
}

function reportLoop(log: Logger, isLate: boolean, delayMs: number): void {
  if (isLate) log.warn({ delayMs: Math.round(delayMs) }, 'shedding: the event loop is late')
  else log.info({ delayMs: Math.round(delayMs) }, 'shedding is over')
}
