/**
 * One large body through the contender: throughput, CPU time, and how much its resident memory grows meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from '../contenders/contender.ts'
import { runChild } from '../load/load.ts'
import type { TransferJob, TransferResult } from '../load/transfer.ts'
import { cpuMicrosOf, rssBytesOf } from '../process-tree.ts'
import { type Measured, runRounds } from './rounds.ts'
import type { Bench, Scenario } from './scenario.ts'

const MIB = 2 ** 20
const RSS_EVERY_MS = 20

export function transferScenario(direction: TransferJob['direction']): Scenario {
  return {
    name: direction,
    title: `${direction === 'upload' ? 'Upload' : 'Download'} of one body of 256 MiB (32 MiB with --quick)`,
    quick: true,
    run: (bench, scenario) => {
      const bytes = (bench.settings.quick ? 32 : 256) * MIB
      return runRounds(bench, scenario, {
        cases: ['direct', 'cogate', 'haproxy', 'recipe'].map((contender) => ({
          label: contender,
          contender,
          variant: { upstream: 'node' as const },
        })),
        columns: [
          { head: 'MiB/s', key: 'mibPerSecond', digits: 0, spread: true },
          { head: '÷ haproxy', key: 'mibPerSecond', digits: 2, against: { label: 'haproxy', how: 'ratio' } },
          { head: `CPU ms per ${bytes / MIB} MiB`, key: 'cpuMs', digits: 0, spread: true },
          { head: 'RSS growth MiB', key: 'rssGrowthMib', digits: 1, spread: true },
        ],
        notes: ['Client and upstream share the other core, so throughput is theirs as much as the gate’s.'],
        measure: (_one, running) => measureTransfer(bench, running, { direction, bytes }),
      })
    },
  }
}

async function measureTransfer(
  { world }: Bench,
  { url, pid }: Running,
  { direction, bytes }: Pick<TransferJob, 'direction' | 'bytes'>,
): Promise<Measured> {
  const token = world.tokens.hot.tokens[0] ?? ''
  const before = cpuMicrosOf(pid)
  const idleRss = rssBytesOf(pid)
  const watch = watchRss(pid)
  const job: TransferJob = { url, token, direction, bytes }
  const { seconds, status, received } = await runChild<TransferResult>('transfer.ts', job, world.loadCore)
  const highest = await watch.stop()
  const after = cpuMicrosOf(pid)
  const isWhole = direction === 'upload' || received === bytes
  return {
    figures: {
      mibPerSecond: bytes / MIB / seconds,
      cpuMs: (after.user + after.system - before.user - before.system) / 1000,
      rssGrowthMib: (highest - idleRss) / MIB,
    },
    problem: status === 200 && isWhole ? undefined : `status ${status}, ${received} bytes`,
  }
}

function watchRss(pid: number): { stop(): Promise<number> } {
  let highest = 0
  let isOn = true
  const watching = (async () => {
    while (isOn) {
      highest = Math.max(highest, rssBytesOf(pid))
      await sleep(RSS_EVERY_MS)
    }
  })()
  return {
    stop: async () => {
      isOn = false
      await watching
      return highest
    },
  }
}
