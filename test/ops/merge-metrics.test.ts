import { Counter, Gauge, Histogram, Registry, Summary } from '@prometheus-io/client'
import t from 'tap'
import type { Samples } from '../../src/ops/exposition/merge-metrics.ts'
import { MergedMetrics } from '../../src/ops/exposition/merge-metrics.ts'

interface Values {
  readonly counted?: Readonly<Record<string, number>>
  readonly seconds?: readonly number[]
  readonly open?: number
  readonly ageSeconds?: number
}

/** The answer of a worker with these values, as the primary receives it. */
async function samplesOf({ counted = {}, seconds = [], open = 0, ageSeconds = 0 }: Values): Promise<Samples> {
  const registers = [new Registry()]
  const counter = new Counter({ name: 'requests_total', help: 'h', labelNames: ['route'], registers })
  for (const [route, count] of Object.entries(counted)) counter.inc({ route }, count)
  const histogram = new Histogram({ name: 'seconds', help: 'h', buckets: [1, 10], registers })
  for (const value of seconds) histogram.observe(value)
  new Gauge({ name: 'open', help: 'h', registers }).set(open)
  new Gauge({ name: 'age', help: 'h', aggregator: 'max', registers }).set(ageSeconds)
  new Gauge({ name: 'build', help: 'h', aggregator: 'first', registers }).set(1)
  new Gauge({ name: 'started', help: 'h', aggregator: 'omit', registers }).set(7)
  return structuredClone((await registers[0]?.getMetricsAsJSON()) ?? [])
}

async function linesOf(merged: MergedMetrics, answered: readonly number[], own: Samples = []): Promise<string[]> {
  const text = await merged.text(own, new Set(answered))
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

t.test('counters and histograms are summed label by label, gauges as they say', async (t) => {
  const merged = new MergedMetrics()
  merged.report(1, await samplesOf({ counted: { a: 1, b: 2 }, seconds: [0.5], open: 3, ageSeconds: 10 }))
  merged.report(2, await samplesOf({ counted: { a: 10, c: 5 }, seconds: [5, 50], open: 4, ageSeconds: 90 }))
  t.same((await linesOf(merged, [1, 2])).toSorted(), [
    'age 90',
    'build 1',
    'open 7',
    'requests_total{route="a"} 11',
    'requests_total{route="b"} 2',
    'requests_total{route="c"} 5',
    'seconds_bucket{le="+Inf"} 3',
    'seconds_bucket{le="1"} 1',
    'seconds_bucket{le="10"} 2',
    'seconds_count 3',
    'seconds_sum 55.5',
  ])
})

t.test('what an ended worker counted stays, also when its place is taken, and taken again', async (t) => {
  const merged = new MergedMetrics()
  merged.report(1, await samplesOf({ counted: { a: 5 }, seconds: [5], open: 3 }))
  merged.report(2, await samplesOf({ counted: { a: 7 } }))
  merged.ended(1)
  const before = await linesOf(merged, [2])
  t.ok(before.includes('requests_total{route="a"} 12'))
  t.ok(before.includes('seconds_count 1'))
  t.ok(before.includes('open 0'), 'what it held is gone')
  merged.report(1, await samplesOf({ counted: { a: 1 }, open: 2 }))
  const replaced = await linesOf(merged, [1, 2])
  t.ok(replaced.includes('requests_total{route="a"} 13'))
  t.ok(replaced.includes('open 2'))
  merged.ended(1)
  merged.ended(1)
  const again = await linesOf(merged, [2])
  t.ok(again.includes('requests_total{route="a"} 13'))
  t.ok(again.includes('seconds_bucket{le="10"} 1'))
})

t.test('of a silent worker the counters stay and the gauges go', async (t) => {
  const merged = new MergedMetrics()
  merged.report(1, await samplesOf({ counted: { a: 5 }, open: 3 }))
  merged.report(2, await samplesOf({ counted: { a: 7 }, open: 1 }))
  const lines = await linesOf(merged, [2])
  t.ok(lines.includes('requests_total{route="a"} 12'))
  t.ok(lines.includes('open 1'))
})

t.test('the metrics of the primary are among them, and what cannot be summed is its own', async (t) => {
  const merged = new MergedMetrics()
  merged.report(1, await samplesOf({ counted: { a: 5 } }))
  const lines = await linesOf(merged, [1], await samplesOf({ counted: { a: 1 } }))
  t.ok(lines.includes('requests_total{route="a"} 6'))
  t.ok(lines.includes('started 7'))
})

t.test('of a summary only sum and count are put together', async (t) => {
  const registers = [new Registry()]
  const summary = new Summary({ name: 'part', help: 'h', percentiles: [0.5], registers })
  summary.observe(0.25)
  const samples = (await registers[0]?.getMetricsAsJSON()) ?? []
  const merged = new MergedMetrics()
  merged.report(1, samples)
  merged.report(2, samples)
  merged.ended(2)
  t.same((await linesOf(merged, [1], samples)).toSorted(), ['part_count 3', 'part_sum 0.75'])
})

t.test('without any worker it is a page all the same', async (t) => {
  t.same(await linesOf(new MergedMetrics(), []), [])
})
