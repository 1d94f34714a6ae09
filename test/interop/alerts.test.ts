/** The dashboard and the alerts against a real scrape and Prometheus's own tool. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { metricsOf, readAlerts, readQueries } from '../helpers/dashboards.ts'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { readMetrics } from '../helpers/metrics.ts'
import { startUpstream } from '../helpers/upstream.ts'

const isMissing = spawnSync('promtool', ['--version']).error !== undefined
const skip = isMissing && process.env['CI'] === undefined && 'promtool is not installed (apt-get install prometheus)'

function promtool(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
  return { status, text: stdout + stderr }
}

t.test(
  'promtool finds no fault with the alerts, and they ring on the days on which they should',
  { skip },
  async (t) => {
    const rules = promtool('check', 'rules', 'deploy/prometheus/alerts.yaml')
    t.equal(rules.status, 0, rules.text)
    const days = promtool('test', 'rules', 'test/interop/alerts.rules-test.yaml')
    t.equal(days.status, 0, days.text)
  },
)

t.test('promtool reads every query of the dashboard', { skip }, async (t) => {
  const rules = readQueries().map((expr, at) => ({ record: `panel:query:q${at}`, expr }))
  t.ok(rules.length > 40)
  const dir = t.testdir({ 'queries.yaml': stringify({ groups: [{ name: 'dashboard', rules }] }) })
  const found = promtool('check', 'rules', join(dir, 'queries.yaml'))
  t.equal(found.status, 0, found.text)
})

t.test('every metric that they name is in a real scrape', async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: { COGATE_WORKERS: '2' } })
  const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
  await (await fetch(`http://127.0.0.1:${gate.port}/`, { headers })).text()
  const page = await readMetrics(`http://127.0.0.1:${gate.opsPort}`)
  const types = new Map([...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => [name, type]))
  const named = [...readQueries(), ...readAlerts().map(({ expr }) => expr)].flatMap(metricsOf)
  const missing = [...new Set(named)].filter((name) => {
    return name.endsWith('_bucket') ? types.get(name.replace(/_bucket$/, '')) !== 'histogram' : !types.has(name)
  })
  t.same(missing, [])
})
