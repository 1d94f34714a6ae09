/**
 * Latency at a fixed arrival rate, from the moment a request was due. autocannon cannot say it: with a rate, each of its
 * connections sends its share at the beginning of the second, and its histogram holds whole milliseconds.
 */
import type { Running } from '../contenders/contender.ts'
import type { ArrivalsJob, ArrivalsResult } from '../load/arrivals.ts'
import { runChild } from '../load/load.ts'
import type { Column } from '../report/result.ts'
import { problemOf } from './load.ts'
import { casesOf, type Measured, runRounds } from './rounds.ts'
import type { Bench, Scenario } from './scenario.ts'

const RATE_PER_SECOND = 2000
const CONNECTIONS = 64
/** So that 99.9 % is more than a handful of requests. */
const SECONDS_FACTOR = 2

const added = { label: 'direct', how: 'difference' } as const

const columns: readonly Column[] = [
  { head: 'p50', key: 'p50', digits: 0, spread: true },
  { head: 'p90', key: 'p90', digits: 0 },
  { head: 'p99', key: 'p99', digits: 0, spread: true },
  { head: 'p99.9', key: 'p999', digits: 0 },
  { head: 'added p50', key: 'p50', digits: 0, against: added },
  { head: 'added p99', key: 'p99', digits: 0, against: added },
  { head: 'client late p99', key: 'lateP99', digits: 0 },
]

export const latency: Scenario = {
  name: 'latency',
  title: `Latency at ${RATE_PER_SECOND} requests/s, arrivals on schedule, ${CONNECTIONS} connections, microseconds`,
  quick: true,
  run: (bench, scenario) =>
    runRounds(bench, scenario, {
      cases: casesOf('direct', 'cogate', 'haproxy', 'recipe'),
      columns,
      notes: [
        'A second of arrivals goes before, while the client compiles its code; it does not count.',
        '“added” is the median of the contender less the median of direct.',
        '“client late” is how late the client itself sent, at its 99th percentile: a part of every other figure.',
      ],
      measure: (_one, running, seconds) => measureLatency(bench, running, seconds),
    }),
}

async function measureLatency({ world, settings }: Bench, { url }: Running, seconds: number): Promise<Measured> {
  const job: ArrivalsJob = {
    port: Number(new URL(url).port),
    path: '/x',
    tokensFile: world.tokens.hot.file,
    connections: CONNECTIONS,
    ratePerSecond: RATE_PER_SECOND,
    seconds: settings.quick ? seconds : seconds * SECONDS_FACTOR,
  }
  const result = await runChild<ArrivalsResult>('arrivals.ts', job, world.loadCore)
  const { p50, p90, p99, p999, lateP99 } = result
  return { figures: { p50, p90, p99, p999, lateP99 }, problem: problemOf({ ...result, expect: 'ok' }) }
}
