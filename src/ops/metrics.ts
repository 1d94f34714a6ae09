/**
 * What a gate counts while it serves, in plain numbers: every request pays for the counting, only a scrape pays for the
 * showing (registry.ts). A label must never be chosen by a caller: routes are configured paths.
 */

class Count {
  value = 0

  inc(): void {
    this.value++
  }

  dec(): void {
    this.value--
  }
}

/** Counts by labels, of which there are few. */
class Tally {
  readonly #counts = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>()

  inc(labels: Readonly<Record<string, string>>): void {
    const key = Object.values(labels).join(' ')
    const known = this.#counts.get(key)
    if (known) known.value++
    else this.#counts.set(key, { labels, value: 1 })
  }

  entries(): readonly (readonly [Readonly<Record<string, string>>, number])[] {
    return [...this.#counts.values()].map(({ labels, value }) => [labels, value])
  }
}

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

/** Half a millisecond to ten seconds: a gate adds little, an old service may add much. */
const boundsSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/**
 * The observations of one set of labels. They are counted in plain numbers, because the library's own histogram builds
 * a text of the labels at every observation.
 */
export class DurationSeries {
  readonly #counts = new Float64Array(boundsSeconds.length + 1)
  #sum = 0

  observe(seconds: number): void {
    let at = 0
    while (seconds > (boundsSeconds[at] ?? Number.POSITIVE_INFINITY)) at++
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sum += seconds
  }

  samples(name: string, labels: Labels): readonly Sample[] {
    let count = 0
    const upTo = (le: string | number, at: number): Sample => {
      count += this.#counts[at] ?? 0
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count }
    }
    const buckets = [...boundsSeconds, '+Inf'].map(upTo)
    const sum = { metricName: `${name}_sum`, labels, value: this.#sum }
    return [...buckets, sum, { metricName: `${name}_count`, labels, value: count }]
  }
}
