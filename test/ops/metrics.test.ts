import t from 'tap'
import { type ExchangeSample, RouteTally } from '../../src/ops/metrics.ts'

const base: ExchangeSample = {
  route: '/x',
  outcome: 'allow',
  reason: 'allowed',
  status: 200,
  durationMs: 3,
  upstreamMs: 2,
}

t.test('counts by outcome and reason', async (t) => {
  const tally = new RouteTally()
  for (const changes of [{}, {}, { outcome: 'report', reason: 'token_expired' } as const]) {
    tally.add({ ...base, ...changes })
  }
  tally.add({ ...base, outcome: 'challenge', reason: 'token_expired', status: 401 })
  t.strictSame(
    tally.decisions.map(({ labels, count }) => [labels.outcome, labels.reason, count]),
    [
      ['allow', 'allowed', 2],
      ['report', 'token_expired', 1],
      ['challenge', 'token_expired', 1],
    ],
  )
})

t.test('keeps durations apart by code class, and those of the upstream only where it was asked', async (t) => {
  const tally = new RouteTally()
  tally.add({ ...base, status: 401, upstreamMs: undefined })
  t.equal(tally.upstream, undefined)
  tally.add({ ...base, status: 204 })
  tally.add({ ...base, status: 299 })
  const counts = tally.requests.map(([codeClass, series]) => [codeClass, series.samples('d', {}).at(-1)?.value])
  t.strictSame(counts, [
    ['2xx', 2],
    ['4xx', 1],
  ])
  t.equal(tally.upstream?.samples('d', {}).at(-1)?.value, 2)
})
