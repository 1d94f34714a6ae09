/** Several services behind one gate: which one gets a request, what it sees of the path, and what its redirects become. */
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { gateEnvironment, startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { readMetrics } from '../helpers/metrics.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startUpstream } from '../helpers/upstream.ts'

const routes = [
  { path: '/reports/*', auth: 'none', upstream: 'reports', stripPrefix: '/reports' },
  { path: '/v2/:tenant/*', upstream: 'reports', stripPrefix: '/v2', addPrefix: '/internal/api' },
  { path: '/plain/*', auth: 'none', upstream: 'reports' },
  { path: '/*', auth: 'none' },
]

async function startTwo(t: Test, rules: readonly object[] = routes) {
  const issuer = await startTestIssuer(t)
  const main = await startUpstream(t, (request, response) => void response.end(`main ${request.url}`))
  const reports = await startUpstream(t, (request, response) => {
    const { location } = Object.fromEntries(new URL(request.url ?? '', 'http://x').searchParams)
    if (location !== undefined) response.writeHead(302, { location })
    response.end(`reports ${request.url} ${request.headers['x-service'] ?? ''} ${request.headers.host}`)
  })
  const further = [{ name: 'reports', url: reports.url, preserveHost: false, headers: { 'X-Service': ['r'] } }]
  const settings = { issuer, upstream: main.url, routes: rules, env: { COGATE_UPSTREAMS: JSON.stringify(further) } }
  const gate = await startTestGate(t, settings)
  const authorization = `Bearer ${issuer.mintAccessToken()}`
  const open = (path: string) =>
    fetch(`http://127.0.0.1:${gate.port}${path}`, { redirect: 'manual', headers: { authorization } })
  const textOf = async (path: string) => (await open(path)).text()
  return { gate, issuer, main, reports, open, textOf, settings }
}

t.test('a rule says which service gets a request and what it sees of the path', async (t) => {
  const { textOf, reports } = await startTwo(t)
  const host = new URL(reports.url).host
  for (const [path, seen] of [
    ['/', 'main /'],
    ['/reportsx', 'main /reportsx'],
    ['/reports/', `reports / r ${host}`],
    ['/reports/2026/q1?x=/reports', `reports /2026/q1?x=/reports r ${host}`],
    ['/reports/%E6%9C%88', `reports /%E6%9C%88 r ${host}`],
    ['/v2/acme/list?a=b', `reports /internal/api/acme/list?a=b r ${host}`],
    ['/plain/x', `reports /plain/x r ${host}`],
  ] as const) {
    t.equal(await textOf(path), seen, path)
  }
})

t.test('redirects of the service lead to where the caller finds the page', async (t) => {
  const { open, gate, reports } = await startTwo(t)
  const own = `http://127.0.0.1:${gate.port}`
  for (const [location, seen] of [
    ['/login', '/reports/login'],
    ['/', '/reports/'],
    [`${reports.url}/a?b`, `${own}/reports/a?b`],
    ['relative', 'relative'],
    ['//other.example/x', '//other.example/x'],
    ['https://other.example/x', 'https://other.example/x'],
  ] as const) {
    const answer = await open(`/reports/x?location=${encodeURIComponent(location)}`)
    t.equal(answer.headers.get('location'), seen, location)
  }
  const answer = await open(`/v2/acme/x?location=${encodeURIComponent('/internal/api/acme/')}`)
  t.equal(answer.headers.get('location'), '/v2/acme/')
  const outside = await open(`/v2/acme/x?location=${encodeURIComponent('/internal/apiary')}`)
  t.equal(outside.headers.get('location'), '/internal/apiary')
})

t.test('a path that leaves its prefix in some reading, or spells it otherwise, is refused', async (t) => {
  const { gate, main, reports } = await startTwo(t)
  for (const target of [
    '/reports/../admin',
    '/reports/%2e%2e/admin',
    '/reports/..%2fadmin',
    '/reports%2f..%2fadmin',
    '/reports;x/a',
    '//reports/a',
    '/./reports/a',
    '/%72eports/a',
    '/v2%2facme/x',
  ]) {
    const raw = `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    const { responses } = await sendRaw({ port: gate.port, bytes: raw })
    t.equal(responses[0]?.status, 400, target)
    t.match(String(responses[0]?.body), /path_ambiguous/, target)
  }
  t.same([main.requests.length, reports.requests.length], [0, 0])
})

t.test('letter case is no other spelling: the service gets the rest as it came', async (t) => {
  const { textOf } = await startTwo(t, [{ path: '/reports/*', upstream: 'reports', stripPrefix: '/reports' }])
  t.match(await textOf('/Reports/X'), /^reports \/X /)
})

t.test('metrics tell the services apart, and one that comes with a reload is used at once', async (t) => {
  const { gate, textOf, settings, reports } = await startTwo(t)
  await textOf('/reports/')
  t.match(await readMetrics(gate.opsUrl), /cogate_upstream_connections\{upstream="reports",state="idle"\} 1\n/)
  const further = [
    { name: 'reports', url: reports.url },
    { name: 'second', url: reports.url, headers: { 'X-Service': ['second'] } },
  ]
  const next = [{ path: '/second/*', auth: 'none', upstream: 'second', stripPrefix: '/second' }, ...routes]
  const env = gateEnvironment({ ...settings, routes: next, env: { COGATE_UPSTREAMS: JSON.stringify(further) } })
  await gate.reload(loadConfig({ argv: [], env }).config)
  t.match(await textOf('/second/x'), /^reports \/x second /)
  t.match(await textOf('/reports/x'), /^reports \/x {2}127\.0\.0\.1:/, 'its settings have changed')
})

t.test('MOVE with a Destination is refused where the service knows other paths', async (t) => {
  const { gate, reports } = await startTwo(t)
  const raw = `MOVE /reports/a HTTP/1.1\r\nHost: a\r\nDestination: http://a/reports/b\r\nConnection: close\r\n\r\n`
  const { responses } = await sendRaw({ port: gate.port, bytes: raw })
  t.equal(responses[0]?.status, 400)
  t.equal(reports.requests.length, 0)
})
