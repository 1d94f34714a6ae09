/** The ops listener: live, ready and metrics, apart from the traffic. */
import t from 'tap'
import { startStack } from '../helpers/stack.ts'

/** The value of a sample, labels in the order of the configuration. */
function sample(metrics: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`)
  const line = metrics
    .split('\n')
    .find((text) => new RegExp(`^${name}[{ ]`).test(text) && wanted.every((label) => text.includes(label)))
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')))
}

t.test('live and ready, and nothing of the upstream', async (t) => {
  const { gate, upstream } = await startStack(t)
  const live = await fetch(`${gate.opsUrl}/livez`)
  t.equal(`${live.status} ${await live.text()}`, '200 ok\n')
  const ready = await fetch(`${gate.opsUrl}/readyz`)
  t.equal(ready.status, 200)
  t.match(ready.headers.get('content-type'), /^application\/json/)
  t.match(await ready.json(), { ready: true, draining: false, pools: [{ ready: true }] })
  t.equal((await fetch(`${gate.opsUrl}/x`)).status, 404)
  t.equal(upstream.requests.length, 0)
})

t.test('the traffic listener knows none of it', async (t) => {
  const { gate, head, send, upstream } = await startStack(t)
  for (const path of ['/livez', '/readyz', '/metrics']) {
    t.equal((await fetch(gate.url + path)).status, 401)
    t.equal((await send(head(`GET ${path}`))).responses[0]?.status, 200)
  }
  t.strictSame(
    upstream.requests.map(({ url }) => url),
    ['/livez', '/readyz', '/metrics'],
  )
})

t.test('counts decisions, verifications, durations and cache by configured route', async (t) => {
  const routes = [
    { path: '/public/*', auth: 'none' },
    { path: '/admin/*', groups: ['admin'] },
    { path: '/trial/*', groups: ['admin'], mode: 'report' },
  ]
  const { gate, head, send } = await startStack(t, { routes, handler: (_request, response) => response.end('ok') })
  await send(head('GET /public/1'))
  await send(head('GET /admin/1'))
  await send(head('GET /trial/1'))
  await send(head('GET /other?x=1'))
  await send(head('GET /other?x=2'))
  await send('GET /other HTTP/1.1\r\nHost: a\r\n\r\n')
  const metrics = await (await fetch(`${gate.opsUrl}/metrics`)).text()
  const decisions = (labels: Record<string, string>) => sample(metrics, 'cogate_decisions_total', labels)
  t.equal(decisions({ route: '/public/*', outcome: 'allow', reason: 'allowed' }), 1)
  t.equal(decisions({ route: '/admin/*', outcome: 'deny', reason: 'insufficient_group' }), 1)
  t.equal(decisions({ route: '/trial/*', outcome: 'report', reason: 'insufficient_group' }), 1)
  t.equal(decisions({ route: 'default', outcome: 'allow', reason: 'allowed' }), 2)
  t.equal(decisions({ route: 'default', outcome: 'challenge', reason: 'token_missing' }), 1)
  t.equal(sample(metrics, 'cogate_verifications_total', { result: 'ok' }), 4)
  t.equal(sample(metrics, 'cogate_request_duration_seconds_count', { route: 'default', code_class: '2xx' }), 2)
  t.equal(sample(metrics, 'cogate_request_duration_seconds_count', { route: 'default', code_class: '4xx' }), 1)
  t.equal(sample(metrics, 'cogate_upstream_duration_seconds_count', { route: 'default' }), 2)
  t.equal(sample(metrics, 'cogate_token_cache_hits_total'), 3)
  t.equal(sample(metrics, 'cogate_token_cache_misses_total'), 1)
  t.equal(sample(metrics, 'cogate_token_cache_entries'), 1)
  t.equal(sample(metrics, 'cogate_requests_in_flight'), 0)
  t.equal(sample(metrics, 'cogate_websockets'), 0)
  t.equal(sample(metrics, 'cogate_build_info', { version: '0.0.0-test' }), 1)
  t.equal(sample(metrics, 'cogate_jwks_fetches_total', { result: 'ok' }), 1)
  const age = sample(metrics, 'cogate_jwks_age_seconds') ?? Number.NaN
  t.ok(age >= 0 && age < 60, `keys are ${age} s old`)
  t.notMatch(metrics, /x=1|alice|eyJ|\/other/)
})
