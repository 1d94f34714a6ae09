import t from 'tap'
import { parseMetrics, total, totalsBy } from '../../bench/soak/metrics.ts'

const text = `# HELP cogate_decisions_total Requests.
# TYPE cogate_decisions_total counter
cogate_decisions_total{route="default",outcome="allow",reason="allowed"} 12
cogate_decisions_total{route="/a\\"b",outcome="allow",reason="allowed"} 3
cogate_decisions_total{route="default",outcome="fail",reason="upstream_reset"} 2
nodejs_eventloop_lag_p99_seconds 0.011
nodejs_heap_size_used_bytes 1.5e+7

`

t.test('reads names, labels and values', async (t) => {
  const metrics = parseMetrics(text)
  t.equal(metrics.length, 5)
  t.strictSame(metrics[1], {
    name: 'cogate_decisions_total',
    labels: { route: '/a\\"b', outcome: 'allow', reason: 'allowed' },
    value: 3,
  })
})

t.test('sums over labels', async (t) => {
  const metrics = parseMetrics(text)
  t.equal(total(metrics, 'cogate_decisions_total'), 17)
  t.equal(total(metrics, 'nodejs_heap_size_used_bytes'), 15_000_000)
  t.equal(total(metrics, 'no_such_metric'), 0)
  t.strictSame(totalsBy(metrics, 'cogate_decisions_total', 'reason'), { allowed: 15, upstream_reset: 2 })
})
