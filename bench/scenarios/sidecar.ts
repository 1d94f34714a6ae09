/**
 * What a sidecar takes at a rate: CPU time in thousandths of a core, and resident memory. One process, from the lowest rate to
 * the highest, because memory that was taken is not given back.
 */
import type { Running } from '../contenders/contender.ts'
import type { ArrivalsJob, ArrivalsResult } from '../load/arrivals.ts'
import { runChild } from '../load/load.ts'
import { WARM_UP_SECONDS } from '../load/pacer.ts'
import { cpuMicrosOf, rssBytesOf } from '../process-tree.ts'
import { problemOf } from './load.ts'
import { type Measured, runRounds } from './rounds.ts'
import type { Bench, Case, Scenario } from './scenario.ts'

const RATES = [100, 1000, 5000] as const
const CONNECTIONS = 64
/** Longer than others. Below `limits.headersTimeout`, after which the gate closes connections that are not used. */
const SECONDS_FACTOR = 3
const MIB = 2 ** 20

interface RateCase extends Case {
  readonly ratePerSecond: number
}

export const sidecar: Scenario = {
  name: 'sidecar',
  title: 'Sidecar: CPU and memory at a fixed rate, 1,000 tokens, access log on',
  quick: false,
  run: (bench, scenario) =>
    runRounds<RateCase>(bench, scenario, {
      cases: RATES.map((ratePerSecond) => ({
        label: `cogate, ${ratePerSecond} requests/s`,
        contender: 'cogate',
        ratePerSecond,
        x: ratePerSecond,
        variant: { accessLog: true },
      })),
      columns: [
        { head: 'CPU millicores', key: 'millicores', digits: 0 },
        { head: 'RSS MiB', key: 'rssMib', digits: 0 },
        { head: 'p50 µs', key: 'p50', digits: 0 },
        { head: 'p99 µs', key: 'p99', digits: 0 },
        { head: 'client late p99', key: 'lateP99', digits: 0 },
      ],
      notes: [
        'A run at the same rate goes before, while the code is compiled; it does not count.',
        'Memory after the last request of the rate, in one process from the lowest rate to the highest.',
      ],
      rounds: 1,
      warmUp: false,
      measure: (one, running, seconds) => measureRate(bench, { one, running, seconds: seconds * SECONDS_FACTOR }),
    }),
}

interface RateRun {
  readonly one: RateCase
  readonly running: Running
  readonly seconds: number
}

async function measureRate({ world }: Bench, { one, running, seconds }: RateRun): Promise<Measured> {
  const { url, pid } = running
  const job: ArrivalsJob = {
    port: Number(new URL(url).port),
    path: '/x',
    tokensFile: world.tokens.hot.file,
    connections: CONNECTIONS,
    ratePerSecond: one.ratePerSecond,
    seconds,
  }
  const ask = () => runChild<ArrivalsResult>('arrivals.ts', job, world.loadCore)
  await ask()
  const before = totalOf(pid)
  const result = await ask()
  const millicores = (totalOf(pid) - before) / (seconds + WARM_UP_SECONDS) / 1000
  const { p50, p99, lateP99 } = result
  const figures = { millicores, rssMib: rssBytesOf(pid) / MIB, p50, p99, lateP99 }
  return { figures, problem: problemOf({ ...result, expect: 'ok' }) }
}

function totalOf(pid: number): number {
  const { user, system } = cpuMicrosOf(pid)
  return user + system
}
