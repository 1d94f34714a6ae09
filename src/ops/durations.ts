/**
 * Histograms of durations, counted in plain numbers and shown to the registry when it is scraped: the library's own looks
 * every observation up under a text it builds of its labels. Never holds a label that a caller can choose.
 */
import type { Metric, Registry } from '@prometheus-io/client'

/** Half a millisecond to ten seconds: a gate adds little, an old service may add much. */
const boundsSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

type Labels = Readonly<Record<string, string>>

interface Sample {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** The observations of one set of labels. */
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

export interface DurationMetric {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  /** Every series there is so far. */
  readonly series: () => Iterable<readonly [Labels, DurationSeries]>
}

/** To the registry it is a histogram like any other, summed when several processes are one. */
export function registerDurations(registry: Registry, { series, ...description }: DurationMetric): void {
  const { name } = description
  const facts = { ...description, type: 'histogram', aggregator: 'sum' }
  const get = () => ({ ...facts, values: [...series()].flatMap(([labels, own]) => own.samples(name, labels)) })
  // The registry asks for no more than this; the type it declares is the whole class.
  registry.registerMetric({ ...facts, get } as unknown as Metric)
}
