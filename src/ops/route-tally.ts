/**
 * What the exchanges of one route add up to. Reached by the label of the route, which is configuration; outcomes and
 * reasons are closed unions: nothing here grows with what callers send.
 */
import { DurationSeries } from './durations.ts'

export interface DecisionLabels {
  readonly route: string
  readonly outcome: 'allow' | 'report' | 'challenge' | 'deny' | 'fail'
  readonly reason: string
}

/** One exchange that is over. */
export interface ExchangeSample extends DecisionLabels {
  readonly status: number
  readonly durationMs: number
  /** Until the head of the upstream's answer; absent when there was none. */
  readonly upstreamMs: number | undefined
}

interface Count {
  readonly labels: DecisionLabels
  count: number
}

export class RouteTally {
  readonly #decisions = new Map<string, Count[]>()
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

  get decisions(): readonly Count[] {
    return [...this.#decisions.values()].flat()
  }

  /** By code class, `2xx`. */
  get requests(): readonly (readonly [codeClass: string, series: DurationSeries])[] {
    return this.#byClass.flatMap((series, digit) => (series ? [[`${digit}xx`, series] as const] : []))
  }

  /** Absent while nothing was forwarded. */
  get upstream(): DurationSeries | undefined {
    return this.#upstream
  }

  /** A reason has one outcome, or two where a route reports: a list of them is enough. */
  #countOf({ route, outcome, reason }: DecisionLabels): Count {
    const counts = this.#decisions.get(reason) ?? []
    for (const count of counts) if (count.labels.outcome === outcome) return count
    const count = { labels: { route, outcome, reason }, count: 0 }
    this.#decisions.set(reason, [...counts, count])
    return count
  }
}
