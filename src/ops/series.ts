/**
 * What numbers are kept in: counts, counts by labels, and observations of durations. Every request pays for the counting, only a
 * scrape pays for the showing.
 */
import type { Metric, Registry } from '@prometheus-io/client'

export class Count {
  value = 0

  inc(): void {
    this.value++
  }

  dec(): void {
    this.value--
  }
}

/** Counts by labels, of which there are few. */
export class Tally {
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

/** Half a millisecond to ten seconds: a gate adds little, an old service may add much. */
const requestBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

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
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0

  /** `bounds`: of the buckets, in seconds, rising. */
  constructor(bounds: readonly number[] = requestBounds) {
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(seconds: number): void {
    let at = 0
    while (seconds > (this.#bounds[at] ?? Number.POSITIVE_INFINITY)) at++
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sum += seconds
  }

  samples(name: string, labels: Labels): readonly Sample[] {
    let count = 0
    const upTo = (le: string | number, at: number): Sample => {
      count += this.#counts[at] ?? 0
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count }
    }
    const buckets = [...this.#bounds, '+Inf'].map(upTo)
    const sum = { metricName: `${name}_sum`, labels, value: this.#sum }
    return [...buckets, sum, { metricName: `${name}_count`, labels, value: count }]
  }
}

export interface DurationMetric {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  /** All series so far. */
  readonly series: () => Iterable<readonly [Labels, DurationSeries]>
}

/** Adds it to the registry like any other histogram. Those of several workers are summed. */
export function registerDurations(registry: Registry, { series, ...description }: DurationMetric): void {
  const { name } = description
  const facts = { ...description, type: 'histogram', aggregator: 'sum' }
  const get = () => ({ ...facts, values: [...series()].flatMap(([labels, own]) => own.samples(name, labels)) })
  // The registry uses these members only, but its type asks for the whole class.
  registry.registerMetric({ ...facts, get } as unknown as Metric)
}
