/**
 * From the start of the process to the first 200 with a token, and resident memory when nothing happens.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { otherBuildNames } from '../contenders/cogate.ts'
import { contenderNamed } from '../contenders.ts'
import { rssBytesOf } from '../process-tree.ts'
import { casesOf, type Measured, runRounds } from './rounds.ts'
import type { Bench, Case, Scenario } from './scenario.ts'

const IDLE_MS = 1500
const MIB = 2 ** 20

export const start: Scenario = {
  name: 'start',
  title: 'Start: process to first 200 with a token; memory when idle',
  quick: true,
  run: (bench, scenario) =>
    runRounds(bench, scenario, {
      cases: casesOf('cogate', ...otherBuildNames, 'haproxy', 'recipe'),
      columns: [
        { head: 'start ms', key: 'startMs', digits: 0, spread: true },
        { head: 'RSS idle MiB', key: 'idleMib', digits: 1, spread: true },
      ],
      notes: ['HAProxy counts as started at its first answer, whatever it is; it fetches no keys.'],
      warmUp: false,
      measure: (one) => measureStart(bench, one),
    }),
}

async function measureStart({ world }: Bench, { contender }: Case): Promise<Measured> {
  const fresh = await contenderNamed(contender).start(world, {})
  if (fresh.kind === 'missing') throw new Error(fresh.why)
  try {
    await sleep(IDLE_MS)
    return { figures: { startMs: fresh.startMs, idleMib: rssBytesOf(fresh.pid) / MIB } }
  } finally {
    await fresh.stop()
  }
}
