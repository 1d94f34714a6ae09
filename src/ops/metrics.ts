/**
 * The metrics of contract, and nothing with a label a caller can choose: routes are configured paths.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { KeyStatus } from '../tokens/pool-keys.ts'
import type { TokenCacheCounts } from '../tokens/token-cache.ts'

/** Read when scraped: these live elsewhere already. */
export interface MetricSources {
  readonly cache: () => TokenCacheCounts
  readonly keys: () => readonly KeyStatus[]
  readonly inFlight: () => number
  readonly version: string
}

export interface DecisionLabels {
  readonly route: string
  readonly outcome: 'allow' | 'report' | 'challenge' | 'deny' | 'fail'
  readonly reason: string
}

export interface Metrics {
  readonly registry: Registry
  countDecision(labels: DecisionLabels): void
  countVerification(result: string): void
  countKeyFetch(pool: string, result: 'ok' | 'error'): void
  observeRequest(route: string, status: number, seconds: number): void
  observeUpstream(route: string, seconds: number): void
  readonly webSockets: Gauge
}

/** Half a millisecond to ten seconds: a gate adds little, an old service may add much. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  describeSources(registry, sources)
  const counters = createCounters(registers)
  const durations = createDurations(registers)
  return {
    registry,
    ...counters,
    ...durations,
    webSockets: new Gauge({ name: 'cogate_websockets', help: 'Open WebSocket connections.', registers }),
  }
}

function createCounters(registers: Registry[]): Pick<Metrics, 'countDecision' | 'countVerification' | 'countKeyFetch'> {
  const decisions = new Counter({
    name: 'cogate_decisions_total',
    help: 'Requests by configured route, outcome and reason.',
    labelNames: ['route', 'outcome', 'reason'],
    registers,
  })
  const verifications = new Counter({
    name: 'cogate_verifications_total',
    help: 'Tokens looked at, by result: ok or the reason.',
    labelNames: ['result'],
    registers,
  })
  const fetches = new Counter({
    name: 'cogate_jwks_fetches_total',
    help: 'Key fetches by user pool and result.',
    labelNames: ['pool', 'result'],
    registers,
  })
  return {
    countDecision: memoizeCounter((labels: DecisionLabels) =>
      decisions.labels(labels.route, labels.outcome, labels.reason),
    ),
    countVerification: (result) => verifications.labels(result).inc(),
    countKeyFetch: (pool, result) => fetches.labels(pool, result).inc(),
  }
}

/** One child a label set, looked up without building label objects. Label values are configuration and reasons: few. */
function memoizeCounter(childOf: (labels: DecisionLabels) => { inc(): void }): (labels: DecisionLabels) => void {
  const children = new Map<string, { inc(): void }>()
  return (labels) => {
    const key = `${labels.route}\n${labels.outcome}\n${labels.reason}`
    const child = children.get(key) ?? childOf(labels)
    children.set(key, child)
    child.inc()
  }
}

function createDurations(registers: Registry[]): Pick<Metrics, 'observeRequest' | 'observeUpstream'> {
  const requests = new Histogram({
    name: 'cogate_request_duration_seconds',
    help: 'From the request head to the end of the answer.',
    labelNames: ['route', 'code_class'],
    buckets,
    registers,
  })
  const upstream = new Histogram({
    name: 'cogate_upstream_duration_seconds',
    help: 'From forwarding the request to the head of the answer.',
    labelNames: ['route'],
    buckets,
    registers,
  })
  return {
    observeRequest: (route, status, seconds) =>
      requests.labels(route, `${Math.trunc(status / 100)}xx`).observe(seconds),
    observeUpstream: (route, seconds) => upstream.labels(route).observe(seconds),
  }
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
