/**
 * The hot load alone, and beside callers that send a byte a second and readers that do not read: what they cost those
 * who behave.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SlowCallersJob } from '../load/slow-callers.ts'
import { startPinned } from '../process.ts'
import { type LoadCase, type LoadRun, loadColumns, measureLoad } from './load.ts'
import { type Measured, runRounds } from './rounds.ts'
import type { Bench, Scenario } from './scenario.ts'

interface SlowCase extends LoadCase {
  readonly isCrowded: boolean
}

const SLOW_CALLERS = 200
const READERS = 50
const BODY_BYTES = 64 * 2 ** 20
const SETTLE_MS = 1500

export const slow: Scenario = {
  name: 'slow',
  title: `Hot load beside ${SLOW_CALLERS} callers at a byte a second and ${READERS} readers that do not read`,
  quick: true,
  run: (bench, scenario) =>
    runRounds<SlowCase>(bench, scenario, {
      cases: ['cogate', 'haproxy'].flatMap(casesOf),
      columns: loadColumns(),
      measure: (one, running, seconds) => {
        const load: LoadRun = { one, running, seconds }
        return one.isCrowded ? measureCrowded(bench, load) : measureLoad(bench, load)
      },
    }),
}

function casesOf(contender: string): readonly SlowCase[] {
  const common = { contender, tokens: 'hot', variant: { upstream: 'node' } } as const
  return [
    { ...common, label: contender, isCrowded: false },
    { ...common, label: `${contender}, slow callers`, isCrowded: true },
  ]
}

async function measureCrowded(bench: Bench, load: LoadRun): Promise<Measured> {
  const { world } = bench
  const job: SlowCallersJob = {
    port: Number(new URL(load.running.url).port),
    token: world.tokens.hot.tokens[0] ?? '',
    callers: SLOW_CALLERS,
    readers: READERS,
    bodyBytes: BODY_BYTES,
  }
  const script = new URL('../load/slow-callers.ts', import.meta.url).pathname
  const args = [script, JSON.stringify(job)]
  const crowd = await startPinned(process.execPath, args, { core: world.loadCore, readyLine: /^open$/ })
  try {
    await sleep(SETTLE_MS)
    return await measureLoad(bench, load)
  } finally {
    await crowd.stop()
  }
}
