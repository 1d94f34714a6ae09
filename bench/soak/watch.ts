/**
 * The gate watched while the load runs, and waited for when it has ended. Only looks; every look is a connection of its
 * own to the ops listener.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SoakGate, Vitals } from './gate.ts'
import type { Sample } from './series.ts'
import type { Resources } from './verdict.ts'

export interface TimedVitals extends Vitals {
  /** Since the load began. */
  readonly atMs: number
}

const sampleMs = 2000
const minuteMs = 60_000
/** Idle connections end after five seconds, those to the upstream and the key endpoint sooner. */
const settleMs = 8000
const looks = 40
const lookMs = 500

/** Until told to stop; `onMinute` gets the first vitals of every minute. */
export async function watchGate(
  gate: SoakGate,
  onMinute: (vitals: TimedVitals) => void,
  signal: AbortSignal,
): Promise<readonly TimedVitals[]> {
  const startedAt = performance.now()
  const seen: TimedVitals[] = []
  let minute = 1
  while (!signal.aborted) {
    const vitals = { ...(await gate.vitals()), atMs: performance.now() - startedAt }
    seen.push(vitals)
    if (vitals.atMs >= minute * minuteMs) {
      minute++
      onMinute(vitals)
    }
    await sleep(sampleMs, undefined, { signal }).catch(() => undefined)
  }
  return seen
}

export function seriesOf(seen: readonly TimedVitals[], value: (vitals: Vitals) => number): readonly Sample[] {
  return seen.map((vitals) => ({ atMs: vitals.atMs, value: value(vitals) }))
}

/**
 * What is open once all that is idle has been closed: the least of several looks, for a key may be fetched during one.
 * With `wanted`, until it is back there.
 */
export async function settle(gate: SoakGate, wanted?: Resources): Promise<Resources> {
  await sleep(settleMs)
  let least: Resources = { fds: Number.POSITIVE_INFINITY, handles: Number.POSITIVE_INFINITY }
  for (let look = 0; look < looks; look++) {
    const { fds, handles } = await gate.vitals()
    least = { fds: Math.min(fds, least.fds), handles: Math.min(handles, least.handles) }
    const isThere = wanted ? least.fds <= wanted.fds && least.handles <= wanted.handles : look >= looks / 4
    if (isThere) return least
    await sleep(lookMs)
  }
  return least
}
