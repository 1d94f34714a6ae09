/**
 * The metrics of contract, and nothing with a label a caller can choose: routes are configured paths.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from '@prometheus-io/client'
import type { KeyStatus } from '../tokens/pool-keys.ts'
import type { TokenCacheCounts } from '../tokens/token-cache.ts'
import { registerDurations } from './durations.ts'
import type { ExchangeSample } from './route-tally.ts'
import { RouteTally } from './route-tally.ts'

/** Read when scraped: these live elsewhere already. */
export interface MetricSources {
  readonly cache: () => TokenCacheCounts
  readonly keys: () => readonly KeyStatus[]
  readonly inFlight: () => number
  /** Requests in line for a connection to the upstream. */
  readonly waiting: () => number
  readonly version: string
}

export interface Metrics {
  readonly registry: Registry
  /** Counts one exchange that is over. */
  countExchange(sample: ExchangeSample): void
  countVerification(result: string): void
  countKeyFetch(pool: string, result: 'ok' | 'error'): void
  readonly webSockets: Gauge
  readonly refusedConnections: Counter
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  describeSources(registry, sources)
  const fetches = new Counter({
    name: 'cogate_jwks_fetches_total',
    help: 'Key fetches by user pool and result.',
    labelNames: ['pool', 'result'],
    registers,
  })
  return {
    registry,
    countExchange: describeExchanges(registry),
    countVerification: describeVerifications(registry),
    countKeyFetch: (pool, result) => fetches.labels(pool, result).inc(),
    webSockets: new Gauge({ name: 'cogate_websockets', help: 'Open WebSocket connections.', registers }),
    refusedConnections: new Counter({
      name: 'cogate_connections_refused_total',
      help: 'Connections of callers that were closed at once because there were too many.',
      registers,
    }),
  }
}

function describeExchanges(registry: Registry): Metrics['countExchange'] {
  const tallies = new Map<string, RouteTally>()
  describeDecisions(registry, tallies)
  registerDurations(registry, {
    name: 'cogate_request_duration_seconds',
    help: 'From the request head to the end of the answer.',
    labelNames: ['route', 'code_class'],
    series: () =>
      [...tallies].flatMap(([route, { requests }]) =>
        requests.map(([code_class, series]) => [{ route, code_class }, series] as const),
      ),
  })
  registerDurations(registry, {
    name: 'cogate_upstream_duration_seconds',
    help: 'From forwarding the request to the head of the answer.',
    labelNames: ['route'],
    series: () => [...tallies].flatMap(([route, { upstream }]) => (upstream ? [[{ route }, upstream] as const] : [])),
  })
  return (sample) => {
    const known = tallies.get(sample.route)
    const tally = known ?? new RouteTally()
    if (known === undefined) tallies.set(sample.route, tally)
    tally.add(sample)
  }
}

function describeDecisions(registry: Registry, tallies: ReadonlyMap<string, RouteTally>): void {
  new Counter({
    name: 'cogate_decisions_total',
    help: 'Requests by configured route, outcome and reason.',
    labelNames: ['route', 'outcome', 'reason'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { decisions } of tallies.values())
        for (const { labels, count } of decisions) this.inc({ ...labels }, count)
    },
  })
}

function describeVerifications(registry: Registry): Metrics['countVerification'] {
  const counts = new Map<string, number>()
  new Counter({
    name: 'cogate_verifications_total',
    help: 'Tokens looked at, by result: ok or the reason.',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [result, count] of counts) this.inc({ result }, count)
    },
  })
  return (result) => void counts.set(result, (counts.get(result) ?? 0) + 1)
}

function describeSources(registry: Registry, sources: MetricSources): void {
  const registers = [registry]
  for (const name of ['hits', 'misses', 'evictions'] as const) {
    new Counter({
      name: `cogate_token_cache_${name}_total`,
      help: `Token cache ${name}.`,
      registers,
      collect() {
        this.reset()
        this.inc(sources.cache()[name])
      },
    })
  }
  new Gauge({
    name: 'cogate_requests_in_flight',
    help: 'Exchanges and tunnels being served.',
    registers,
    collect() {
      this.set(sources.inFlight())
    },
  })
  new Gauge({
    name: 'cogate_requests_waiting',
    help: 'Requests in line for a connection to the service.',
    registers,
    collect() {
      this.set(sources.waiting())
    },
  })
  new Gauge({
    name: 'cogate_token_cache_entries',
    help: 'Verified tokens held.',
    registers,
    collect() {
      this.set(sources.cache().entries)
    },
  })
  new Gauge({
    name: 'cogate_jwks_age_seconds',
    help: 'Since the keys of the user pool were last confirmed at their source.',
    labelNames: ['pool'],
    registers,
    // Of several workers: the one whose keys are oldest, and one build for all.
    aggregator: 'max',
    collect() {
      for (const { pool, ageMs } of sources.keys()) if (ageMs !== undefined) this.set({ pool }, ageMs / 1000)
    },
  })
  const labelNames = ['version', 'node'] as const
  new Gauge({ name: 'cogate_build_info', help: 'Always 1.', labelNames, registers, aggregator: 'first' }).set(
    { version: sources.version, node: process.version },
    1,
  )
}
