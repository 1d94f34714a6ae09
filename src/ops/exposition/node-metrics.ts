/**
 * The metrics of Node.js and of the process, with names that Prometheus allows: a gauge must not end in `_total`, and no name may hold its
 * type.
 */
import type { Metric, Registry } from '@prometheus-io/client'
import { collectDefaultMetrics } from '@prometheus-io/client'

/** Each is the sum of a metric by type, which stays; or the quantiles of what the histogram has. */
const leftOut = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
  'nodejs_eventloop_utilization_summary',
] as const

const misnamed = 'nodejs_eventloop_utilization_histogram'
const utilization = 'nodejs_eventloop_utilization'

/** From this call on they are collected. */
export function collectNodeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry })
  for (const name of leftOut) registry.removeSingleMetric(name)
  const histogram = registry.getSingleMetric(misnamed) as Histogram | undefined
  registry.removeSingleMetric(misnamed)
  if (histogram !== undefined) registry.registerMetric(rename(histogram))
}

type Samples = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number]

interface Histogram {
  get(): Promise<Samples>
}

/** The registry uses these members only, but its type asks for the whole class. */
function rename(histogram: Histogram): Metric {
  const get = async () => {
    const samples = await histogram.get()
    const values = (samples.values as readonly { readonly metricName?: string }[]).map((value) => {
      return { ...value, metricName: value.metricName?.replace(misnamed, utilization) }
    })
    return { ...samples, name: utilization, values }
  }
  return { name: utilization, type: 'histogram', aggregator: 'sum', get } as unknown as Metric
}
