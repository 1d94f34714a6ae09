/**
 * The soak in words: a line a minute and the summary. Formats only; the judgement is the verdict's.
 */
import type { LedgerSummary } from './ledger.ts'
import type { Trend } from './series.ts'
import { judgedFromMs, type SoakFigures } from './verdict.ts'
import type { TimedVitals } from './watch.ts'

export interface SoakReport extends SoakFigures {
  readonly capacityPerSecond: number
  readonly offeredPerSecond: number
  /** Calls that were due while machine or gate stood still, and not made. */
  readonly leftOut: number
  readonly heap: Trend
  readonly lagP99Seconds: Trend
  readonly cachedTokens: number
  readonly tokens: number
  readonly rotations: number
  readonly outages: number
  readonly keyFetches: Readonly<Record<string, number>>
  readonly machine: string
  readonly faults: readonly string[]
}

const mib = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`
const count = (figure: number): string => Math.round(figure).toLocaleString('en')
const ms = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`

export interface Progress {
  readonly calls: LedgerSummary
  readonly vitals: TimedVitals
}

export function progressLine({ calls, vitals }: Progress): string {
  const { atMs, rssBytes, heapBytes, lagP99Seconds, cachedTokens } = vitals
  const wrong = sumOf(calls.wrong) + sumOf(calls.breaches)
  return [
    `minute ${Math.floor(atMs / 60_000)}: ${count(calls.ended)} calls, ${count(calls.aborted)} aborted, ${wrong} wrong`,
    `RSS ${mib(rssBytes)}, heap ${mib(heapBytes)}, ${count(cachedTokens)} tokens cached`,
    `loop lag p99 ${ms(lagP99Seconds)}`,
  ].join('; ')
}

export function summaryOf(report: SoakReport): string {
  const { calls, baseline, afterwards, faults } = report
  // A short run has too few lows for a slope.
  const lows = (slope: number): string => (report.durationMs < judgedFromMs ? '' : `, of its lows ${mib(slope)}/h`)
  const memory = ({ first, median, last, slopePerHour, floorSlopePerHour }: Trend): string =>
    `first ${mib(first)}, median ${mib(median)}, last ${mib(last)}, slope ${mib(slopePerHour)}/h${lows(floorSlopePerHour)}`
  return [
    `soak of ${(report.durationMs / 60_000).toFixed(1)} minutes on ${report.machine}`,
    `capacity ${count(report.capacityPerSecond)} calls/s (closed loop, this load generator), offered ${count(report.offeredPerSecond)}, ${count(report.leftOut)} left out while something stood still`,
    `tokens ${count(report.tokens)} a key, ${report.rotations} rotations, ${report.outages} outages, key fetches ${inline(report.keyFetches)}`,
    '',
    'calls by kind',
    ...lines(calls.byKind),
    'as the callers saw them (503: unknown keys while the key endpoint was out)',
    ...lines(calls.byEnd),
    'as the gate counted them',
    ...lines(report.byReason),
    '',
    `wrong       ${sumOf(calls.wrong)} ends that must not be, ${sumOf(calls.breaches)} at the upstream, ${calls.unseen} not seen there`,
    `resident    ${memory(report.rss)}`,
    `heap        ${memory(report.heap)}`,
    `loop lag    p99 median ${ms(report.lagP99Seconds.median)}, worst ${ms(report.lagP99Seconds.max)}`,
    `descriptors ${baseline.fds} before the load, ${afterwards.fds} after it; handles ${baseline.handles}, ${afterwards.handles}`,
    `cache       ${count(report.cachedTokens)} tokens at the end of the load`,
    '',
    ...(faults.length === 0 ? ['all is as it must be'] : ['FAILED', ...faults.map((fault) => `  ${fault}`)]),
    '',
  ].join('\n')
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, each) => sum + each, 0)
}

function lines(counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(counts)
    .toSorted(([, one], [, other]) => other - one)
    .map(([what, figure]) => `  ${what.padEnd(28)} ${count(figure).padStart(12)}`)
}

function inline(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, figure]) => `${count(figure)} ${what}`)
    .join(', ')
}
