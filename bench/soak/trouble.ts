/**
 * What goes wrong at the issuer and when: keys rotate, the key endpoint has outages. A plan for a run of any length;
 * never touches a clock.
 */
import type { Outage } from './key-server.ts'

export type Trouble =
  /** A new key is published beside the old one; tokens are not signed with it yet. */
  | { readonly atMs: number; readonly what: 'publish' }
  /** Calls use tokens of the new key. */
  | { readonly atMs: number; readonly what: 'switch' }
  /** The old key is published no more. */
  | { readonly atMs: number; readonly what: 'withdraw' }
  | { readonly atMs: number; readonly what: 'outage'; readonly outage: Outage; readonly durationMs: number }

const longestCycleMs = 4 * 60_000
const longestOutageMs = 60_000
const outages: readonly Outage[] = ['refuse', 'hang', 'fail']

/** At least three rounds, one for each kind of outage; every step leaves the gate, which asks every few seconds, the time to learn of it. */
export function planTrouble(durationMs: number): readonly Trouble[] {
  const rounds = Math.max(3, Math.ceil(durationMs / longestCycleMs))
  const cycleMs = durationMs / rounds
  return Array.from({ length: rounds }, (_, round) => planRound(round, cycleMs)).flat()
}

function planRound(round: number, cycleMs: number): readonly Trouble[] {
  const at = (share: number): number => (round + share) * cycleMs
  const outage = outages[round % outages.length] ?? 'refuse'
  return [
    { atMs: at(0.05), what: 'publish' },
    { atMs: at(0.25), what: 'switch' },
    { atMs: at(0.4), what: 'withdraw' },
    { atMs: at(0.6), what: 'outage', outage, durationMs: Math.min(longestOutageMs, cycleMs * 0.25) },
  ]
}
