import t from 'tap'
import { Ledger } from '../../bench/soak/ledger.ts'
import { findFaults, type SoakFigures } from '../../bench/soak/verdict.ts'

const minute = 60_000
const flat = { first: 1, median: 1, last: 1, max: 1, slopePerHour: 0, floorSlopePerHour: 0 }
const calls = {
  ...new Ledger().summary(),
  begun: 12,
  ended: 12,
  aborted: 2,
  byEnd: { '200': 6, '101': 1, '200 cut': 1, '502 upstream_reset': 1, '401 key_unknown': 1, aborted: 2 },
}
const good: SoakFigures = {
  durationMs: 30 * minute,
  calls,
  byReason: { allowed: 9, upstream_reset: 2, key_unknown: 1 },
  rss: flat,
  baseline: { fds: 24, handles: 5 },
  afterwards: { fds: 24, handles: 4 },
  inFlightAfterwards: 0,
}

function faults(changes: Partial<SoakFigures>): readonly string[] {
  return findFaults({ ...good, ...changes })
}

t.test('passes a gate that counted what callers saw, and some of what they aborted', async (t) => {
  t.strictSame(faults({}), [])
  t.strictSame(faults({ byReason: { allowed: 7, upstream_reset: 2, key_unknown: 1 } }), [])
})

t.test('fails when the gate has not counted what callers saw', async (t) => {
  t.strictSame(faults({ byReason: { allowed: 9, upstream_reset: 1, key_unknown: 1 } }), [
    '1 × upstream_reset seen by callers and not counted by the gate',
  ])
})

t.test('fails when the gate has counted more than callers made', async (t) => {
  t.strictSame(faults({ byReason: { allowed: 9, upstream_reset: 2, key_unknown: 1, internal_error: 3 } }), [
    '3 exchanges counted by the gate that no caller made',
  ])
})

t.test('fails with the words of the ledger', async (t) => {
  t.strictSame(faults({ calls: { ...calls, wrong: { 'get: 500': 2 }, breaches: { 'get: sent twice': 1 } } }), [
    '2 × get: 500 (must not be)',
    '1 × get: sent twice (at the upstream)',
  ])
  t.strictSame(faults({ calls: { ...calls, unseen: 4 } }), ['4 answers without a call at the upstream'])
  t.strictSame(faults({ calls: { ...calls, begun: 15 } }), ['3 calls never ended'])
})

t.test('fails when descriptors or exchanges stay behind', async (t) => {
  t.strictSame(faults({ afterwards: { fds: 26, handles: 6 }, inFlightAfterwards: 1 }), [
    '2 file descriptors more than before the load',
    '1 handles more than before the load',
    '1 exchanges in flight after the load',
  ])
})

t.test('fails when memory grows over twenty minutes, not when a short run cannot tell', async (t) => {
  const rss = { ...flat, floorSlopePerHour: 40 * 1024 ** 2 }
  t.strictSame(faults({ rss }), ['the lows of resident memory rise by 40.0 MiB an hour, more than 32'])
  t.strictSame(faults({ rss, durationMs: 19 * minute }), [])
})
