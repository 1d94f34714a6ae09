/**
 * The documented metrics as a scrape gets them. Every number is read at the scrape; none may be kept here. This file is
 * loaded after the start (scrape.ts).
 */
import { Counter, Gauge, Registry } from '@prometheus-io/client'
import { addActivityGauge } from '../cost/activity-gauge.ts'
import type { Metrics } from '../metrics.ts'
import type { DurationMetric } from '../series.ts'
import { registerDurations } from '../series.ts'
import { collectNodeMetrics } from './node-metrics.ts'
import { addReloadGauges } from './reload-gauges.ts'
import type { MetricSources } from './sources.ts'

export type { Registry }

/** From this call on the metrics of Node.js and of the process are collected. */
export function createRegistry(metrics: Metrics, sources: MetricSources): Registry {
  const registry = new Registry()
  collectNodeMetrics(registry)
  for (const durations of durationsOf(metrics)) registerDurations(registry, durations)
  for (const counter of [
    ...countersOf(metrics),
    ...tokenCountersOf(metrics),
    ...loginCountersOf(metrics),
    ...cacheCountersOf(sources),
  ])
    addCounter(registry, counter)
  for (const gauge of [
    ...gaugesOf(metrics, sources),
    ...loadOf(sources),
    ...revocationsOf(sources),
    ...buildOf(sources),
  ])
    addGauge(registry, gauge)
  if (sources.lastReload) addReloadGauges(registry, sources.lastReload)
  if (sources.activity) addActivityGauge(registry, sources.activity)
  return registry
}

interface Read {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly string[]
  /** How the values of several workers become one; default: their sum. */
  readonly aggregator?: 'max' | 'first'
  readonly read: () => readonly Sample[]
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

function addCounter(registry: Registry, { read, ...described }: Read): void {
  new Counter({
    ...described,
    registers: [registry],
    collect() {
      this.reset()
      for (const [labels, value] of read()) this.inc({ ...labels }, value)
    },
  })
}

function addGauge(registry: Registry, { read, ...described }: Read): void {
  new Gauge({
    ...described,
    registers: [registry],
    collect() {
      const samples = read()
      // The library shows 0 for a gauge without labels that was never set.
      if (samples.length === 0 && described.labelNames === undefined) this.remove()
      for (const [labels, value] of samples) this.set({ ...labels }, value)
    },
  })
}

function durationsOf({ routes, tokens }: Metrics): readonly DurationMetric[] {
  return [
    {
      name: 'cogate_request_duration_seconds',
      help: 'From the request head to the end of the answer.',
      labelNames: ['route', 'code_class'],
      series: () =>
        [...routes].flatMap(([route, { requests }]) =>
          requests.map(([code_class, series]) => [{ route, code_class }, series] as const),
        ),
    },
    {
      name: 'cogate_upstream_duration_seconds',
      help: 'From forwarding the request to the head of the answer.',
      labelNames: ['route'],
      series: () => [...routes].flatMap(([route, { upstream }]) => (upstream ? [[{ route }, upstream] as const] : [])),
    },
    {
      name: 'cogate_token_remaining_seconds',
      help: 'How long tokens were still valid when they were verified, by kind.',
      labelNames: ['kind'],
      series: () => [...tokens.remaining].map(([kind, series]) => [{ kind }, series] as const),
    },
  ]
}

/** The labels are of the configuration, or closed unions. */
function tokenCountersOf({ refusals, reports, tokens: { tokens, signIns, refreshed } }: Metrics): readonly Read[] {
  return [
    {
      name: 'cogate_tokens_total',
      help: 'Tokens that were verified and were not in the cache, by user pool, app client and kind.',
      labelNames: ['pool', 'client', 'kind'],
      read: () => tokens.entries(),
    },
    {
      name: 'cogate_sign_ins_total',
      help: 'Sign-ins that new tokens tell of, by user pool, app client and second factor.',
      labelNames: ['pool', 'client', 'mfa'],
      read: () => signIns.entries(),
    },
    {
      name: 'cogate_refreshed_tokens_total',
      help: 'New tokens of earlier sign-ins, by user pool and app client.',
      labelNames: ['pool', 'client'],
      read: () => refreshed.entries(),
    },
    {
      name: 'cogate_refusals_total',
      help: 'Refused requests by the app client that the token names, and reason.',
      labelNames: ['client', 'reason'],
      read: () => refusals.entries(),
    },
    {
      name: 'cogate_reported_total',
      help: 'Requests that report mode let pass, by route, app client that the token names, and reason.',
      labelNames: ['route', 'client', 'reason'],
      read: () => reports.entries(),
    },
  ]
}

/** Nothing is shown of what has not happened: without browser sign-in there is none of these. */
function loginCountersOf({ logins, sessionRefreshes, cognitoCalls }: Metrics): readonly Read[] {
  const counters = [
    {
      name: 'cogate_logins_total',
      help: 'Sign-ins of browsers that came to an end, by result.',
      labelNames: ['result'],
      read: () => logins.entries(),
    },
    {
      name: 'cogate_session_refreshes_total',
      help: 'Renewals of the tokens of sessions, by result.',
      labelNames: ['result'],
      read: () => sessionRefreshes.entries(),
    },
    {
      name: 'cogate_cognito_requests_total',
      help: 'Requests to Cognito by operation and result.',
      labelNames: ['operation', 'result'],
      read: () => cognitoCalls.entries(),
    },
  ]
  return counters
}

function countersOf(metrics: Metrics): readonly Read[] {
  const { routes, verifications, keyFetches, refusedConnections, unusedConnections } = metrics
  return [
    {
      name: 'cogate_decisions_total',
      help: 'Requests by configured route, outcome and reason.',
      labelNames: ['route', 'outcome', 'reason'],
      read: () =>
        [...routes.values()].flatMap(({ decisions }) =>
          decisions.map(({ labels, count }) => [{ ...labels }, count] as const),
        ),
    },
    {
      name: 'cogate_verifications_total',
      help: 'Tokens looked at, by result: ok or the reason.',
      labelNames: ['result'],
      read: () => [...verifications].map(([result, count]) => [{ result }, count]),
    },
    {
      name: 'cogate_jwks_fetches_total',
      help: 'Key fetches by user pool and result.',
      labelNames: ['pool', 'result'],
      read: () =>
        [...keyFetches].flatMap(([pool, counts]) =>
          Object.entries(counts).map(([result, count]) => [{ pool, result }, count] as const),
        ),
    },
    {
      name: 'cogate_connections_refused_total',
      help: 'Connections of callers that were closed at once because there were too many.',
      read: () => [[{}, refusedConnections.value]],
    },
    {
      name: 'cogate_connections_unused_total',
      help: 'Connections of callers on which no byte came before limits.headersTimeout.',
      read: () => [[{}, unusedConnections.value]],
    },
  ]
}

function cacheCountersOf({ cache }: MetricSources): readonly Read[] {
  return (['hits', 'misses', 'evictions'] as const).map((name) => ({
    name: `cogate_token_cache_${name}_total`,
    help: `Token cache ${name}.`,
    read: () => [[{}, cache()[name]]],
  }))
}

function gaugesOf({ webSockets }: Metrics, { inFlight, waiting, cache, keys }: MetricSources): readonly Read[] {
  return [
    { name: 'cogate_websockets', help: 'Open WebSocket connections.', read: () => [[{}, webSockets.value]] },
    {
      name: 'cogate_requests_in_flight',
      help: 'Exchanges and tunnels being served.',
      read: () => [[{}, inFlight()]],
    },
    {
      name: 'cogate_requests_waiting',
      help: 'Requests in line for a connection to the service.',
      read: () => [[{}, waiting()]],
    },
    { name: 'cogate_token_cache_entries', help: 'Verified tokens held.', read: () => [[{}, cache().entries]] },
    {
      name: 'cogate_jwks_age_seconds',
      help: 'Since the keys of the user pool were last confirmed at their source.',
      labelNames: ['pool'],
      // Of several workers: the one whose keys are oldest.
      aggregator: 'max',
      read: () => keys().flatMap(({ pool, ageMs }) => (ageMs === undefined ? [] : [[{ pool }, ageMs / 1000] as const])),
    },
  ]
}

function loadOf({ connections, loopDelayMs }: MetricSources): readonly Read[] {
  return [
    {
      name: 'cogate_upstream_connections',
      help: 'Connections to the service by state.',
      labelNames: ['upstream', 'state'],
      read: () =>
        connections().flatMap(({ upstream, ...counts }) =>
          Object.entries(counts).map(([state, count]) => [{ upstream, state }, count] as const),
        ),
    },
    {
      name: 'cogate_event_loop_delay_seconds',
      help: 'The longest delay of the event loop in the last 15 to 30 seconds.',
      // Of several workers: the one that is latest.
      aggregator: 'max',
      read: () => {
        const delayMs = loopDelayMs()
        return delayMs === undefined ? [] : [[{}, delayMs / 1000]]
      },
    },
  ]
}

function revocationsOf({ revocations }: MetricSources): readonly Read[] {
  return [
    {
      name: 'cogate_revocation_entries',
      help: 'Entries of the list of revoked tokens.',
      // Each worker reads the same file.
      aggregator: 'max',
      read: () => [revocations()].flatMap((list) => (list ? [[{}, list.size] as const] : [])),
    },
    {
      name: 'cogate_revocation_lag_seconds',
      help: 'Time since the list of revoked tokens was known to be the same as the one in Redis.',
      // Of several workers: the one that is furthest behind.
      aggregator: 'max',
      read: () => {
        const { lagMs } = revocations() ?? {}
        return lagMs === undefined ? [] : [[{}, lagMs / 1000]]
      },
    },
  ]
}

function buildOf({ version }: MetricSources): readonly Read[] {
  return [
    {
      name: 'cogate_build_info',
      help: 'Always 1.',
      labelNames: ['version', 'node'],
      // One build for all workers.
      aggregator: 'first',
      read: () => [[{ version, node: process.version }, 1]],
    },
  ]
}
