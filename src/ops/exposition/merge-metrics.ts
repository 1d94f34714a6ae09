/**
 * The metrics of several processes as one page: each metric is summed, or merged as its `aggregator` says. A counter
 * must never fall: what a process counted before it ended or stopped answering stays in the sum.
 */
import { Registry } from '@prometheus-io/client'

export type Samples = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

export class MergedMetrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE
  /** The totals of workers that have ended. */
  #kept: Samples = []
  /** The last samples of each worker. */
  readonly #last = new Map<number, Samples>()

  report(worker: number, samples: Samples): void {
    this.#last.set(worker, withoutQuantiles(samples))
  }

  /** Keeps the totals of the worker: another process may take its place and count from zero. */
  ended(worker: number): void {
    const last = this.#last.get(worker)
    this.#last.delete(worker)
    if (last) this.#kept = merge([this.#kept, totalsOf(last)]).getMetricsAsArray() as Samples
  }

  /** `own` are the samples of this process. A worker that is not among `answered` counts with its last totals. */
  text(own: Samples, answered: ReadonlySet<number>): Promise<string> {
    const workers = [...this.#last].toSorted(([left], [right]) => left - right)
    const reported = workers.map(([worker, samples]) => (answered.has(worker) ? samples : totalsOf(samples)))
    return merge([withoutQuantiles(own).map(withoutOmission), ...reported, this.#kept]).metrics()
  }
}

function merge(samples: readonly Samples[]): Registry {
  return Registry.aggregate([...samples])
}

/** Leaves gauges out: they describe the present, which is unknown for a process that is gone. */
function totalsOf(samples: Samples): Samples {
  return samples.filter(({ type }) => type !== 'gauge')
}

/** Of a summary only the sum and the count can be merged. */
function withoutQuantiles(samples: Samples): Samples {
  return samples.map((metric) => {
    if (metric.type !== 'summary') return metric
    return { ...metric, values: metric.values.filter(hasNoQuantile) }
  })
}

/** The sum and the count of a summary without labels have no `labels`, although their type says so. */
function hasNoQuantile({ labels }: { readonly labels?: object }): boolean {
  return labels === undefined || !('quantile' in labels)
}

/** A metric that cannot be summed, such as the start time of a process, is shown as this process has it. */
function withoutOmission(metric: Samples[number]): Samples[number] {
  return metric.aggregator === 'omit' ? { ...metric, aggregator: 'first' } : metric
}
