import { Histogram, Registry } from '@prometheus-io/client'
import t from 'tap'
import { DurationSeries, registerDurations } from '../../src/ops/series.ts'

const observed = [0, 0.0004, 0.0005, 0.00051, 0.003, 0.2, 9.99, 10, 11]
const description = { name: 'd_seconds', help: 'Durations.', labelNames: ['route'] }

t.test('shows the registry what its own histogram would', async (t) => {
  const own = new Registry()
  const series = new DurationSeries()
  registerDurations(own, { ...description, series: () => [[{ route: '/a/*' }, series]] })
  const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  const other = new Registry()
  const histogram = new Histogram({ ...description, buckets, registers: [other] })
  for (const seconds of observed) {
    series.observe(seconds)
    histogram.labels('/a/*').observe(seconds)
  }
  const sorted = (text: string) => text.trim().split('\n').toSorted()
  t.strictSame(sorted(await own.metrics()), sorted(await other.metrics()))
})

t.test('is summed where the registries of several processes become one', async (t) => {
  const registries = [1, 2].map((seconds) => {
    const registry = new Registry()
    const series = new DurationSeries()
    series.observe(seconds)
    registerDurations(registry, { ...description, series: () => [[{ route: 'x' }, series]] })
    return registry
  })
  const all = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()))
  const text = await Registry.aggregate(all).metrics()
  t.match(text, 'd_seconds_sum{route="x"} 3')
  t.match(text, 'd_seconds_bucket{le="1",route="x"} 1')
  t.match(text, 'd_seconds_count{route="x"} 2')
})
