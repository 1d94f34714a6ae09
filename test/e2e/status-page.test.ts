/** The status page of the ops listener and its data, for one process and for several workers. */
import t, { type Test } from 'tap'
import type { Status } from '../../src/ops/status/status.ts'
import { spawnGate, startTestGate } from '../helpers/gateway.ts'
import { type Issuer, startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

let issuer: Issuer
t.before(async () => {
  issuer = await startTestIssuer(t)
})

const routes = [
  { path: '/open', auth: 'none' },
  { path: '/admin/*', groups: ['admin'] },
]

async function startWorld(t: Test, env: Readonly<Record<string, string>> = {}) {
  const upstream = await startUpstream(t)
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, routes, env })
  return { gate, upstream, status: () => readStatus(gate.opsUrl) }
}

async function readStatus(opsUrl: string): Promise<Status> {
  const response = await fetch(`${opsUrl}/status`)
  return (await response.json()) as Status
}

async function send(url: string, token?: string): Promise<Response> {
  const headers: Record<string, string> = { connection: 'close', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await fetch(url, { headers })
  await response.text()
  return response
}

t.test('the page is at / of the ops listener, with a policy and never cached', async (t) => {
  const { gate } = await startWorld(t)
  const response = await fetch(`${gate.opsUrl}/`)
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
  t.equal(response.headers.get('cache-control'), 'no-store')
  t.equal(response.headers.get('x-content-type-options'), 'nosniff')
  t.match(response.headers.get('content-security-policy'), /^default-src 'none'; /)
  t.match(await response.text(), /^<!doctype html>/)
  for (const method of ['POST', 'PUT', 'DELETE']) t.equal((await fetch(`${gate.opsUrl}/`, { method })).status, 404)
})

t.test('its data names rules, keys, connections, numbers and refusals with their reason', async (t) => {
  const { gate, upstream, status } = await startWorld(t)
  const token = issuer.mintAccessToken({ username: 'alice' })
  await send(`${gate.url}/open`)
  await send(`${gate.url}/x`, token)
  const refused = await send(`${gate.url}/admin/users?q=secret`, token)
  await send(`${gate.url}/x`, issuer.mintAccessToken({ expiresInSeconds: -60 }))
  const data = await status()
  t.match(data, {
    version: '0.0.0-test',
    ready: true,
    draining: false,
    workers: [],
    pools: [{ pool: issuer.poolId, ready: true, keys: 2 }],
    upstreams: [{ name: 'default', url: upstream.url }],
    routes: [
      { path: '/open', auth: 'none' },
      { path: '/admin/*', groups: ['admin'] },
    ],
    cache: { hits: 1, misses: 2, evictions: 0 },
    now: { tokens: 1, webSockets: 0 },
  })
  t.match(data.refusals, [
    { method: 'GET', path: '/x', route: 'default', status: 401, reason: 'token_expired', client: issuer.clientId },
    {
      method: 'GET',
      path: '/admin/users',
      route: '/admin/*',
      status: 403,
      reason: 'insufficient_group',
      client: issuer.clientId,
      requestId: refused.headers.get('x-request-id'),
    },
  ])
  t.equal(data.refusals.length, 2)
  const text = JSON.stringify(data)
  t.notMatch(text, /secret|eyJ|alice|127\.0\.0\.1"/)
  t.notOk(text.includes(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub))
})

t.test('a failure of the service is shown like a refusal, and what report mode lets pass is not', async (t) => {
  const gate = await startTestGate(t, {
    issuer,
    upstream: 'http://127.0.0.1:1',
    routes: [{ path: '/trial', mode: 'report' }],
  })
  await send(`${gate.url}/trial`)
  const { refusals, decisions } = await readStatus(gate.opsUrl)
  t.match(refusals, [{ path: '/trial', route: '/trial', status: 502, reason: 'upstream_unreachable', client: 'none' }])
  t.match(decisions, [{ route: '/trial', outcome: 'fail', count: 1 }])
})

t.test('bytes that are no request are refusals too, and are only data in the answer', async (t) => {
  const { gate, status } = await startWorld(t)
  await send(`${gate.url}/%3Cscript%3Ealert(1)%3C/script%3E`)
  t.match(await status(), { refusals: [{ path: '/%3Cscript%3Ealert(1)%3C/script%3E', reason: 'token_missing' }] })
})

t.test('the traffic listener knows nothing of it, and without ops.statusPage there is none', async (t) => {
  const { gate } = await startWorld(t, { COGATE_OPS_STATUS_PAGE: 'false' })
  for (const path of ['/', '/status']) {
    t.equal((await send(`${gate.opsUrl}${path}`)).status, 404)
    t.equal((await send(`${gate.url}${path}`)).status, 401)
  }
  t.equal((await send(`${gate.opsUrl}/readyz`)).status, 200)
})

t.test('with several workers it shows the whole', async (t) => {
  const upstream = await startUpstream(t)
  const env = { COGATE_WORKERS: '2' }
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, routes, env })
  const opsUrl = `http://127.0.0.1:${gate.opsPort}`
  for (let count = 0; count < 6; count++) await send(`http://127.0.0.1:${gate.port}/x${count}`)
  const data = await readStatus(opsUrl)
  t.match(data, {
    ready: true,
    workers: [
      { worker: 1, state: 'serving', ready: true },
      { worker: 2, state: 'serving', ready: true },
    ],
    pools: [{ pool: issuer.poolId, ready: true, keys: 2 }],
    decisions: [{ route: 'default', outcome: 'challenge', reason: 'token_missing', count: 6 }],
  })
  t.same(data.refusals.map(({ path }) => path).toSorted(), ['/x0', '/x1', '/x2', '/x3', '/x4', '/x5'])
  t.equal(data.pools.length, 1)
  t.match(await (await fetch(`${opsUrl}/`)).text(), /^<!doctype html>/)
})
