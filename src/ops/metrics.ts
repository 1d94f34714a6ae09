/**
 * What a gate counts while it serves, in plain numbers: every request pays for the counting, only a scrape pays for the
 * showing (registry.ts). A label must never be chosen by a caller: routes are configured paths.
 */
import type { NameClient } from '../tokens/claim-rules.ts'
import { Count, DurationSeries, Tally } from './series.ts'
import { TokenSignals } from './token-signals.ts'

interface KeyFetches {
  ok: number
  error: number
}

export class Metrics {
  readonly webSockets = new Count()
  readonly refusedConnections = new Count()
  readonly unusedConnections = new Count()
  readonly #routes = new Map<string, RouteTally>()
  readonly #verifications = new Map<string, number>()
  readonly #keyFetches = new Map<string, KeyFetches>()

  /** Sign-ins of browsers by result, renewals of their tokens by result, calls of Cognito by operation and result. */
  readonly logins = new Tally()
  readonly sessionRefreshes = new Tally()
  readonly cognitoCalls = new Tally()

  /** Refused requests by app client and reason. */
  readonly refusals = new Tally()
  /** What report mode let pass, by route, app client and reason. */
  readonly reports = new Tally()
  readonly tokens: TokenSignals
  readonly nameClient: NameClient

  /** `nameClient` default: every app client is `other`. */
  constructor(nameClient: NameClient = () => 'other') {
    this.nameClient = nameClient
    this.tokens = new TokenSignals(nameClient)
  }

  /** By the label of the route. */
  get routes(): ReadonlyMap<string, RouteTally> {
    return this.#routes
  }

  /** By result: ok or the reason. */
  get verifications(): ReadonlyMap<string, number> {
    return this.#verifications
  }

  /** By user pool. */
  get keyFetches(): ReadonlyMap<string, Readonly<KeyFetches>> {
    return this.#keyFetches
  }

  /** Counts one exchange that is over. */
  countExchange(sample: ExchangeSample): void {
    const known = this.#routes.get(sample.route)
    const tally = known ?? new RouteTally()
    if (known === undefined) this.#routes.set(sample.route, tally)
    tally.add(sample)
  }

  countVerification(result: string): void {
    this.#verifications.set(result, (this.#verifications.get(result) ?? 0) + 1)
  }

  countKeyFetch(pool: string, result: keyof KeyFetches): void {
    const fetches = this.#keyFetches.get(pool) ?? { ok: 0, error: 0 }
    fetches[result]++
    this.#keyFetches.set(pool, fetches)
  }
}

export interface DecisionLabels {
  readonly route: string
  readonly outcome: 'allow' | 'report' | 'challenge' | 'deny' | 'login' | 'fail'
  readonly reason: string
}

/** One exchange that is over. */
export interface ExchangeSample extends DecisionLabels {
  readonly status: number
  readonly durationMs: number
  /** Until the head of the upstream's answer; absent when there was none. */
  readonly upstreamMs: number | undefined
}

interface DecisionCount {
  readonly labels: DecisionLabels
  count: number
}

/** The counts of one route. Nothing in it may grow with what callers send: outcomes and reasons are closed unions. */
export class RouteTally {
  readonly #decisions = new Map<string, DecisionCount[]>()
  readonly #byClass: (DurationSeries | undefined)[] = []
  #upstream: DurationSeries | undefined

  add(sample: ExchangeSample): void {
    const { status, durationMs, upstreamMs } = sample
    this.#countOf(sample).count++
    const digit = Math.trunc(status / 100)
    this.#byClass[digit] ??= new DurationSeries()
    this.#byClass[digit].observe(durationMs / 1000)
    if (upstreamMs === undefined) return
    this.#upstream ??= new DurationSeries()
    this.#upstream.observe(upstreamMs / 1000)
  }

  get decisions(): readonly DecisionCount[] {
    return [...this.#decisions.values()].flat()
  }

  /** By class of the status code, such as `2xx`. */
  get requests(): readonly (readonly [codeClass: string, series: DurationSeries])[] {
    return this.#byClass.flatMap((series, digit) => (series ? [[`${digit}xx`, series] as const] : []))
  }

  /** Absent while nothing was forwarded. */
  get upstream(): DurationSeries | undefined {
    return this.#upstream
  }

  /** A reason has one outcome, or two on a route in report mode, so a short list is searched. */
  #countOf({ route, outcome, reason }: DecisionLabels): DecisionCount {
    const counts = this.#decisions.get(reason) ?? []
    for (const count of counts) if (count.labels.outcome === outcome) return count
    const count = { labels: { route, outcome, reason }, count: 0 }
    this.#decisions.set(reason, [...counts, count])
    return count
  }
}
