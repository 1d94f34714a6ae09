/**
 * What the status page shows: the configuration's part, and the part of each process that serves, put together as a whole.
 * A part has plain data only, because it travels between processes.
 */
import type { Config, RouteConfig } from '../../config/config.ts'
import { defaultUpstream } from '../../config/config.ts'
import type { KeyStatus } from '../../tokens/keys/pool-keys.ts'
import type { TokenCacheCounts } from '../../tokens/token-cache.ts'
import type { MetricSources, UpstreamConnections } from '../exposition/sources.ts'
import type { DecisionLabels, Metrics } from '../metrics.ts'
import type { RecentRefusal } from './recent-refusals.ts'
import { mergeRefusals } from './recent-refusals.ts'

/** What one process that serves knows. */
export interface StatusPart {
  readonly pools: readonly KeyStatus[]
  readonly connections: readonly UpstreamConnections[]
  readonly now: StatusGauges
  readonly cache: Omit<TokenCacheCounts, 'entries'>
  readonly decisions: readonly (DecisionLabels & { readonly count: number })[]
  readonly refusals: readonly RecentRefusal[]
}

export interface StatusGauges {
  readonly inFlight: number
  /** For a connection to the service. */
  readonly waiting: number
  readonly webSockets: number
  /** Verified tokens that are remembered. */
  readonly tokens: number
}

export interface WorkerState {
  readonly worker: number
  readonly state: string
  readonly ready: boolean
}

/** What is said of the gate as a whole. */
export interface StatusHead {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly ready: boolean
  readonly draining: boolean
  /** Empty where one process is the whole. */
  readonly workers: readonly WorkerState[]
}

export interface Status extends StatusHead, Omit<StatusPart, 'connections'> {
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly routes: readonly StatusRoute[]
  readonly upstreams: readonly (ConnectionCounts & { readonly name: string; readonly url: string })[]
}

type ConnectionCounts = Omit<UpstreamConnections, 'upstream'>

type StatusRoute = Pick<RouteConfig, 'path' | 'auth' | 'mode' | 'methods' | 'host' | (typeof demands)[number]>

const demands = [
  ...(['groups', 'scopes', 'anyScope', 'clientIds', 'userPools', 'acr', 'maxAuthAgeMs'] as const),
  ...(['claims', 'subject', 'tokenUse', 'upstream'] as const),
]

export function readPart(metrics: Metrics, sources: MetricSources, refusals: readonly RecentRefusal[]): StatusPart {
  const { entries, ...cache } = sources.cache()
  return {
    pools: sources.keys(),
    connections: sources.connections(),
    now: {
      inFlight: sources.inFlight(),
      waiting: sources.waiting(),
      webSockets: metrics.webSockets.value,
      tokens: entries,
    },
    cache,
    decisions: [...metrics.routes.values()].flatMap(({ decisions }) =>
      decisions.map(({ labels, count }) => ({ ...labels, count })),
    ),
    refusals,
  }
}

/** What stays the same while the gate runs. */
export interface StatusFacts extends Pick<Status, 'version' | 'startedAt' | 'routes'> {
  readonly services: readonly { readonly name: string; readonly url: string }[]
}

export function readStatusFacts(
  { routes, mode: whole, upstream, upstreams }: Config,
  version: string,
  startedAt: number,
): StatusFacts {
  const shown = routes.map(({ path, auth, mode, methods, host, ...rest }): StatusRoute => {
    const asked = demands.flatMap((name) => (rest[name] === undefined ? [] : [[name, rest[name]] as const]))
    return {
      path,
      auth,
      mode: whole === 'report' ? whole : mode,
      ...(methods && { methods }),
      ...(host && { host }),
      ...Object.fromEntries(asked),
    }
  })
  const services = [{ name: defaultUpstream, url: upstream.url }, ...upstreams.map(({ name, url }) => ({ name, url }))]
  return { version, startedAt, routes: shown, services }
}

export function writeStatus(facts: StatusFacts, head: StatusHead, { connections, ...part }: StatusPart): Status {
  const { services, ...fixed } = facts
  const upstreams = services.map(({ name, url }) => {
    const { upstream: _, ...counts } = connections.find(({ upstream }) => upstream === name) ?? nobody(name)
    return { name, url, ...counts }
  })
  return { ...fixed, ...head, ...part, upstreams }
}

/** Numbers are added; of a user pool the state of the process that is worst off is shown. */
export function mergeParts(parts: readonly StatusPart[]): StatusPart {
  return {
    pools: mergePools(parts.flatMap(({ pools }) => pools)),
    connections: mergeConnections(parts.flatMap(({ connections }) => connections)),
    now: addUp(
      parts.map(({ now }) => now),
      { inFlight: 0, waiting: 0, webSockets: 0, tokens: 0 },
    ),
    cache: addUp(
      parts.map(({ cache }) => cache),
      { hits: 0, misses: 0, evictions: 0 },
    ),
    decisions: mergeDecisions(parts.flatMap(({ decisions }) => decisions)),
    refusals: mergeRefusals(parts.map(({ refusals }) => refusals)),
  }
}

/** What stays true of a process that has ended. */
export function totalsOf({ cache, decisions, refusals }: StatusPart): StatusPart {
  return { ...mergeParts([]), cache, decisions, refusals }
}

function nobody(upstream: string): UpstreamConnections {
  return { upstream, busy: 0, idle: 0, connecting: 0 }
}

/** Old and new connections to a service, or those of several processes. */
export function mergeConnections(all: readonly UpstreamConnections[]): readonly UpstreamConnections[] {
  return [...Map.groupBy(all, ({ upstream }) => upstream)].map(([upstream, same]) => ({
    upstream,
    ...addUp<ConnectionCounts>(same, { busy: 0, idle: 0, connecting: 0 }),
  }))
}

function addUp<T extends { readonly [K in keyof T]: number }>(all: readonly T[], none: T): T {
  const names = Object.keys(none) as (keyof T)[]
  const sum = (name: keyof T): number => all.reduce((total, one) => total + one[name], 0)
  return Object.fromEntries(names.map((name) => [name, sum(name)])) as T
}

function mergeDecisions(all: StatusPart['decisions']): StatusPart['decisions'] {
  const groups = Map.groupBy(all, ({ route, outcome, reason }) => `${route} ${outcome} ${reason}`)
  return [...groups.values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : [{ ...first, count: same.reduce((total, { count }) => total + count, 0) }]
  })
}

function mergePools(all: readonly KeyStatus[]): readonly KeyStatus[] {
  return [...Map.groupBy(all, ({ pool }) => pool).values()].flatMap((same) => {
    const [worst] = same.toSorted((a, b) => Number(a.ready) - Number(b.ready) || ageOf(b) - ageOf(a))
    return worst === undefined ? [] : [worst]
  })
}

function ageOf({ ageMs = Number.POSITIVE_INFINITY }: KeyStatus): number {
  return ageMs
}
