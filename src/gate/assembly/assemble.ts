/**
 * Builds a gate from its configuration, and joins what its parts report to log and metrics. Starts no listener and fetches
 * no key.
 */
import type { Config } from '../../config/config.ts'
import type { MetricSources, Revocations } from '../../ops/exposition/sources.ts'
import type { Logger } from '../../ops/log.ts'
import { createObservers } from '../../ops/observers.ts'
import { mergeConnections } from '../../ops/status/status.ts'
import type { FetchKeys } from '../../tokens/keys/jwks.ts'
import type { Gate } from '../gate.ts'
import { deliveriesOf } from '../gate.ts'
import { Lifecycle } from '../lifecycle.ts'
import type { LoopClock } from '../loop-watch.ts'
import { watchLoop } from '../loop-watch.ts'
import { compileGateRuntime } from './runtime.ts'

/** What a gate is given besides its configuration. */
export interface GateParts {
  readonly version: string
  /** Milliseconds since the epoch; default the system clock. */
  readonly now?: () => number
  readonly log?: Logger
  /** Undefined where somebody else shows it. */
  readonly lastReload?: MetricSources['lastReload']
  /** False: somebody else shows the estimates of active users; default: true. */
  readonly showsActivity?: boolean
  /** What the event loop is measured by; default the system's. */
  readonly loopClock?: LoopClock
}

export interface AssembleOptions extends GateParts {
  readonly log: Logger
  readonly fetchKeys: FetchKeys
}

export async function assembleGate(config: Config, options: AssembleOptions): Promise<Gate> {
  const { log, version, lastReload, showsActivity = true, now = Date.now } = options
  const audit = await openGateAudit(config, log)
  const observers = createObservers(config, {
    log,
    audit,
    tracing: await openGateTracing(config, { log, version }),
    now,
    nameClient: (clientId) => gate.runtime.verifier.nameClient(clientId),
    sources: () => sourcesOf(gate, { version, lastReload, activity }),
  })
  const activity = showsActivity ? () => observers.activeUsers.current(now()) : undefined
  const loop = watchLoop({
    limitMs: config.limits.eventLoopDelayMs,
    onChange: (isLate, delayMs) => reportLoop(log, isLate, delayMs),
    clock: options.loopClock,
  })
  const lifecycle = new Lifecycle({ now, loop })
  const runtime = await compileGateRuntime(config, { observers, lifecycle, fetchKeys: options.fetchKeys })
  const gate: Gate = { runtime, retired: new Map(), observers, lifecycle }
  return gate
}

/** Nothing of it is loaded without `log.audit`. */
async function openGateAudit({ log: { audit } }: Config, log: Logger) {
  if (audit === 'none') return undefined
  const { openAudit } = await import('../../ops/audit/audit.ts')
  return openAudit(audit, log)
}

/** Nothing of it is loaded without `tracing.endpoint`. */
async function openGateTracing({ tracing }: Config, parts: { readonly log: Logger; readonly version: string }) {
  const { endpoint, sampleRatio } = tracing
  if (endpoint === undefined) return undefined
  const { openTracing } = await import('../../ops/tracing/tracing.ts')
  return openTracing({ endpoint, sampleRatio }, { ...parts, random: Math.random })
}

function sourcesOf(gate: Gate, own: Pick<MetricSources, 'version' | 'lastReload' | 'activity'>): MetricSources {
  return {
    cache: () => gate.runtime.verifier.cache.counts(),
    keys: () => gate.runtime.jwks.statuses(),
    inFlight: () => gate.lifecycle.openCount,
    waiting: () => deliveriesOf(gate).reduce((sum, { upstream }) => sum + upstream.pool.waiting, 0),
    connections: () =>
      mergeConnections(deliveriesOf(gate).map(({ name, upstream }) => ({ upstream: name, ...upstream.pool.counts() }))),
    revocations: () => countRevocations(gate),
    loopDelayMs: () => gate.lifecycle.loop.longestDelayMs(),
    ...own,
  }
}

function countRevocations({ runtime, lifecycle }: Gate): Revocations | undefined {
  const { denylist } = runtime.verifier
  return denylist && { size: denylist.size, lagMs: denylist.lagMs(lifecycle.now()) }
}

function reportLoop(log: Logger, isLate: boolean, delayMs: number): void {
  if (isLate) log.warn({ delayMs: Math.round(delayMs) }, 'shedding: the event loop is late')
  else log.info({ delayMs: Math.round(delayMs) }, 'shedding is over')
}
