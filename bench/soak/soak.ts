/**
 * One soak from the first call to the figures: calibrate, load with every trouble of the plan, wait for rest. Measures;
 * the judgement is the verdict's.
 */
import { cpus } from 'node:os'
import { canPin } from '../process.ts'
import { type SoakGate, startSoakGate, type Vitals } from './gate.ts'
import { Ledger } from './ledger.ts'
import { Load } from './load.ts'
import { type Metric, total, totalsBy } from './metrics.ts'
import type { SoakOptions } from './options.ts'
import { progressLine, type SoakReport } from './report.ts'
import { trendOf, warmUpMs } from './series.ts'
import { planTrouble } from './trouble.ts'
import { startSoakUpstream } from './upstream.ts'
import { startUserPool, type UserPool } from './user-pool.ts'
import { findFaults } from './verdict.ts'
import { seriesOf, settle, type TimedVitals, watchGate } from './watch.ts'

interface Soak {
  readonly options: SoakOptions
  readonly gate: SoakGate
  readonly pool: UserPool
  readonly ledger: Ledger
  readonly load: Load
}

const tokensPerKey = 3000
const warmUpCallsMs = 2000
const calibrationMs = 5000

export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const pool = await startUserPool(tokensPerKey)
  const ledger = new Ledger()
  const upstream = await startSoakUpstream((id, user) => ledger.arrived(id, user))
  const gate = await startSoakGate(pool, upstream.url)
  const keysAreDown = (): boolean => pool.keysAreDown()
  const load = new Load({ gateUrl: gate.url, ledger, tokens: () => pool.tokens(), keysAreDown })
  try {
    return await Promise.race([soak({ options, gate, pool, ledger, load }), gate.ended])
  } finally {
    load.close()
    await gate.stop()
    await upstream.close()
    await pool.close()
  }
}

async function soak(parts: Soak): Promise<SoakReport> {
  const { options, gate, ledger, load } = parts
  const { durationMs } = options
  // What the first calls load and open for good is no growth.
  await load.calibrate(warmUpCallsMs)
  const baseline = await settle(gate)
  const capacityPerSecond = await load.calibrate(calibrationMs)
  const offeredPerSecond = capacityPerSecond * options.rate
  console.log(`${Math.round(capacityPerSecond)} calls a second at most, ${Math.round(offeredPerSecond)} offered`)
  const { seen, loaded } = await bear(parts, offeredPerSecond)
  const afterwards = await settle(gate, baseline)
  const { inFlight, webSockets } = await gate.vitals()
  const trend = (value: (vitals: Vitals) => number) => trendOf(seriesOf(seen, value), warmUpMs(durationMs))
  const figures = {
    durationMs,
    calls: ledger.summary(),
    byReason: totalsBy(await gate.metrics(), 'cogate_decisions_total', 'reason'),
    rss: trend(({ rssBytes }) => rssBytes),
    baseline,
    afterwards,
    inFlightAfterwards: inFlight + webSockets,
  }
  return {
    ...figures,
    ...surroundings(parts, loaded),
    capacityPerSecond,
    offeredPerSecond,
    leftOut: load.leftOut,
    heap: trend(({ heapBytes }) => heapBytes),
    lagP99Seconds: trend(({ lagP99Seconds }) => lagP99Seconds),
    faults: findFaults(figures),
  }
}

interface Borne {
  readonly seen: readonly TimedVitals[]
  /** While the caches are full. */
  readonly loaded: readonly Metric[]
}

async function bear({ options, gate, pool, ledger, load }: Soak, callsPerSecond: number): Promise<Borne> {
  const stop = new AbortController()
  const trouble = pool.follow(planTrouble(options.durationMs), stop.signal)
  // Stopped on purpose when the load ends; that it ends otherwise is a fault of the soak and surfaces below.
  const broken = trouble.then(
    () => undefined,
    (error: Error) => (stop.signal.aborted ? undefined : error),
  )
  const watch = watchGate(gate, (vitals) => console.log(progressLine({ calls: ledger.summary(), vitals })), stop.signal)
  // A gate that ends is told by the one who waits for that.
  watch.catch(() => undefined)
  await load.offer(callsPerSecond, options.durationMs)
  const loaded = await gate.metrics()
  stop.abort()
  const error = await broken
  if (error) throw error
  return { seen: await watch, loaded }
}

type Surroundings = Pick<SoakReport, 'cachedTokens' | 'tokens' | 'rotations' | 'outages' | 'keyFetches' | 'machine'>

function surroundings({ pool }: Soak, loaded: readonly Metric[]): Surroundings {
  const [cpu] = cpus()
  const cores = `${cpus().length} cores of ${cpu?.model.trim()}`
  return {
    cachedTokens: total(loaded, 'cogate_token_cache_entries'),
    tokens: tokensPerKey,
    rotations: pool.rotations,
    outages: pool.outages,
    keyFetches: totalsBy(loaded, 'cogate_jwks_fetches_total', 'result'),
    machine: `${cores}, Node.js ${process.version}, ${canPin() ? 'a core for the gate' : 'cores shared'}`,
  }
}
