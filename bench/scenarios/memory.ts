/**
 * Resident memory when idle and after a million requests over every token of the run.
 */
import { otherBuildNames } from '../contenders/cogate.ts'
import type { Running } from '../contenders/contender.ts'
import { runLoad } from '../load/load.ts'
import { rssBytesOf } from '../process-tree.ts'
import { problemOf } from './load.ts'
import { casesOf, type Measured, runRounds } from './rounds.ts'
import type { Bench, Scenario } from './scenario.ts'

const REQUESTS = 1_000_000
const CONNECTIONS = 64
const SECONDS_PER_LOAD = 10
const MIB = 2 ** 20

export const memory: Scenario = {
  name: 'memory',
  title: 'Memory: idle, and after 1,000,000 requests over 20,000 tokens',
  quick: false,
  run: (bench, scenario) =>
    runRounds(bench, scenario, {
      cases: casesOf('cogate', ...otherBuildNames, 'haproxy', 'recipe'),
      columns: [
        { head: 'RSS idle MiB', key: 'idleMib', digits: 1 },
        { head: 'RSS after MiB', key: 'afterMib', digits: 1 },
        { head: 'requests', key: 'requests', digits: 0 },
      ],
      rounds: 1,
      warmUp: false,
      measure: (_one, running) => measureMillion(bench, running),
    }),
}

async function measureMillion({ world, settings }: Bench, { url, pid }: Running): Promise<Measured> {
  const idle = rssBytesOf(pid)
  const tool = { name: settings.load, folder: world.folder, core: world.loadCore }
  const load = { url: `${url}/x`, tokensFile: world.tokens.many.file, connections: CONNECTIONS }
  const total = { requests: 0, refused: 0, socketErrors: 0 }
  while (total.requests < REQUESTS) {
    const counts = await runLoad(tool, { ...load, seconds: SECONDS_PER_LOAD })
    if (counts.requests === 0) break
    total.requests += counts.requests
    total.refused += counts.refused
    total.socketErrors += counts.socketErrors
  }
  const figures = { idleMib: idle / MIB, afterMib: rssBytesOf(pid) / MIB, requests: total.requests }
  return { figures, problem: problemOf({ ...total, expect: 'ok' }) }
}
