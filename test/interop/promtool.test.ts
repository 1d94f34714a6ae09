/** What Prometheus's own tool says about the pages that the gate serves. */
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const isMissing = spawnSync('promtool', ['--version']).error !== undefined
const skip = isMissing && process.env['CI'] === undefined && 'promtool is not installed (apt-get install prometheus)'

for (const workers of ['1', '2']) {
  t.test(`promtool finds no fault with the metrics of ${workers} worker(s) (FLD-27)`, { skip }, async (t) => {
    const issuer = await startTestIssuer(t)
    const upstream = await startUpstream(t)
    const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: { COGATE_WORKERS: workers } })
    await fetch(`http://127.0.0.1:${gate.port}/`)
    const page = await (await fetch(`http://127.0.0.1:${gate.opsPort}/metrics`)).text()
    t.match(page, 'nodejs_eventloop_utilization_bucket{le="1"}')
    t.match(page, 'cogate_decisions_total{')
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' })
    t.equal(stdout + stderr, '')
    t.equal(status, 0)
  })
}
