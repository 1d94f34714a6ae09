/**
 * The metrics of several processes as one page: each metric is summed, or put together as its `aggregator` says. A
 * counter never falls: what a process counted before it ended, or before it fell silent, stays in the sum.
 */
import { Registry } from '@prometheus-io/client'

export type Samples = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

export class MergedMetrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE
  /** Counted by workers that have ended. */
  #kept: Samples = []
  /** By worker: what it said last. */
  readonly #last = new Map<number, Samples>()

  report(worker: number, samples: Samples): void {
    this.#last.set(worker, withoutQuantiles(samples))
  }

  /** Its place may be taken by another process, which counts from zero. */
  ended(worker: number): void {
    const last = this.#last.get(worker)
    this.#last.delete(worker)
    if (last) this.#kept = merge([this.#kept, totalsOf(last)]).getMetricsAsArray() as Samples
  }

  /** `own` are those of this process; of a worker that is not among `answered` only the totals are known. */
  text(own: Samples, answered: ReadonlySet<number>): Promise<string> {
    const workers = [...this.#last].toSorted(([left], [right]) => left - right)
    const reported = workers.map(([worker, samples]) => (answered.has(worker) ? samples : totalsOf(samples)))
    return merge([withoutQuantiles(own).map(withoutOmission), ...reported, this.#kept]).metrics()
  }
}

function merge(samples: readonly Samples[]): Registry {
  return Registry.aggregate([...samples])
}

/** Gauges say how something is now: nobody knows that of a process that is gone. */
function totalsOf(samples: Samples): Samples {
  return samples.filter(({ type }) => type !== 'gauge')
}

/** Of a summary only sum and count can be put together. */
function withoutQuantiles(samples: Samples): Samples {
  return samples.map((metric) => {
    if (metric.type !== 'summary') return metric
    return { ...metric, values: metric.values.filter(hasNoQuantile) }
  })
}

/** Sum and count of a summary without labels come without any, whatever their type says. */
function hasNoQuantile({ labels }: { readonly labels?: object }): boolean {
  return labels === undefined || !('quantile' in labels)
}

/** What means nothing as a sum (the start time of a process) is that of this process. */
function withoutOmission(metric: Samples[number]): Samples[number] {
  return metric.aggregator === 'omit' ? { ...metric, aggregator: 'first' } : metric
}
