/**
 * What a soak must show, as a list of what it did not show. Judges figures only; an empty list is a pass.
 */
import type { LedgerSummary } from './ledger.ts'
import type { Trend } from './series.ts'

export interface SoakFigures {
  readonly durationMs: number
  readonly calls: LedgerSummary
  /** The gate's count of exchanges by reason, `allowed` included, since before the load. */
  readonly byReason: Readonly<Record<string, number>>
  readonly rss: Trend
  readonly baseline: Resources
  readonly afterwards: Resources
  readonly inFlightAfterwards: number
}

export interface Resources {
  readonly fds: number
  readonly handles: number
}

/**
 * At 1,000 calls a second ten bytes lost a call are 34 MiB an hour. The resident set rises and falls by a hundred MiB
 * with garbage collection, so its lows are judged; shorter runs have too few of them to tell a leak from chance.
 */
const maxRssSlopeMibPerHour = 32
export const judgedFromMs = 20 * 60_000
const mib = 1024 ** 2

export function findFaults(figures: SoakFigures): readonly string[] {
  const { calls, rss, durationMs, inFlightAfterwards } = figures
  const slope = rss.floorSlopePerHour / mib
  return [
    ...worded(calls.wrong, 'must not be'),
    ...worded(calls.breaches, 'at the upstream'),
    ...(calls.unseen > 0 ? [`${calls.unseen} answers without a call at the upstream`] : []),
    ...(calls.begun === calls.ended ? [] : [`${calls.begun - calls.ended} calls never ended`]),
    ...compareCounts(calls, figures.byReason),
    ...compareResources(figures.baseline, figures.afterwards),
    ...(inFlightAfterwards === 0 ? [] : [`${inFlightAfterwards} exchanges in flight after the load`]),
    ...(durationMs >= judgedFromMs && slope > maxRssSlopeMibPerHour
      ? [`the lows of resident memory rise by ${slope.toFixed(1)} MiB an hour, more than ${maxRssSlopeMibPerHour}`]
      : []),
  ]
}

function worded(counts: Readonly<Record<string, number>>, where: string): readonly string[] {
  return Object.entries(counts).map(([what, count]) => `${count} × ${what} (${where})`)
}

/** What the callers saw, in the gate's words. An answer that the upstream cut is a failed exchange to the gate. */
function reasonOfEnd(end: string): string {
  if (end === '200' || end === '101') return 'allowed'
  if (end === '200 cut') return 'upstream_reset'
  return end.split(' ')[1] ?? end
}

/** The gate has counted what the callers saw, and beyond that only calls which their callers aborted. */
function compareCounts(calls: LedgerSummary, byReason: SoakFigures['byReason']): readonly string[] {
  const seen = new Map<string, number>()
  for (const [end, count] of Object.entries(calls.byEnd)) {
    if (end !== 'aborted') seen.set(reasonOfEnd(end), (seen.get(reasonOfEnd(end)) ?? 0) + count)
  }
  const reasons = new Set([...seen.keys(), ...Object.keys(byReason)])
  const surplus = [...reasons].map((reason) => [reason, (byReason[reason] ?? 0) - (seen.get(reason) ?? 0)] as const)
  const missing = surplus.filter(([, count]) => count < 0)
  const unseen = surplus.reduce((sum, [, count]) => sum + Math.max(count, 0), 0)
  return [
    ...missing.map(([reason, count]) => `${-count} × ${reason} seen by callers and not counted by the gate`),
    ...(unseen > calls.aborted ? [`${unseen - calls.aborted} exchanges counted by the gate that no caller made`] : []),
  ]
}

function compareResources(before: Resources, after: Resources): readonly string[] {
  return [
    ...(after.fds <= before.fds ? [] : [`${after.fds - before.fds} file descriptors more than before the load`]),
    ...(after.handles <= before.handles ? [] : [`${after.handles - before.handles} handles more than before the load`]),
  ]
}
