/** `mode: report` for a whole gate, and what `cogate report` makes of its metrics. */
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { readExposition } from '../../../src/cli/fleet/exposition.ts'
import { runCogate } from '../../helpers/cogate-process.ts'
import { startTestGate } from '../../helpers/gateway.ts'
import { startTestIssuer } from '../../helpers/issuer.ts'
import { listenOnLoopback } from '../../helpers/listen.ts'
import { startUpstream } from '../../helpers/upstream.ts'

const issuer = await startTestIssuer(t)
const routes = [
  { path: '/admin/*', groups: ['admin'] },
  { path: '/open', auth: 'none' },
  { path: '/only', methods: ['GET'] },
]
const good = issuer.mintAccessToken()

async function startReporting(t: Test, env: Readonly<Record<string, string>> = { COGATE_MODE: 'report' }) {
  const upstream = await startUpstream(t)
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, routes, env })
  const send = async (path: string, token?: string, init: RequestInit = {}) => {
    const headers = { 'x-forwarded-user': 'forged', ...(token && { authorization: `Bearer ${token}` }) }
    const response = await fetch(gate.url + path, { headers, ...init })
    await response.arrayBuffer()
    return { status: response.status, seen: upstream.requests.at(-1) }
  }
  return { gate, upstream, send }
}

const report = (t: Test, ...words: readonly string[]) => runCogate(t, ['report', ...words])

t.test('nothing is refused that a rule would refuse, and only a verified token has identity headers', async (t) => {
  const { gate, send } = await startReporting(t)
  t.match(
    gate.lines.find(({ msg }) => msg === 'report mode: no rule refuses anything'),
    { level: 'warn' },
  )
  const identity = (seen: { headers: unknown } | undefined) =>
    JSON.stringify(seen?.headers).match(/forged|x-forwarded-user/i)
  for (const [path, token] of [
    ['/x', undefined],
    ['/x', issuer.mintAccessToken({ expiresInSeconds: -60 })],
    ['/admin/x', 'no token at all'],
    ['/open', undefined],
  ] as const) {
    const { status, seen } = await send(path, token)
    t.equal(status, 200, path)
    t.notOk(identity(seen), path)
  }
  t.equal((await send('/only', good, { method: 'POST' })).status, 200, 'a rule owns nothing')
  const { status, seen } = await send('/admin/x', good)
  t.equal(status, 200)
  t.match(JSON.stringify(seen?.headers), /x-forwarded-user/i)
  t.equal((await send('/admin%2f..%2fopen')).status, 400, 'an ambiguous path')
})

t.test('people are not sent to the sign-in', async (t) => {
  const env = {
    ...{ COGATE_MODE: 'report', COGATE_PUBLIC_URL: 'http://127.0.0.1:1', COGATE_LOGIN_DOMAIN: issuer.url },
    ...{ COGATE_LOGIN_CLIENT_ID: issuer.clientId, COGATE_SESSION_SECRETS: 'x'.repeat(40) },
    COGATE_ROUTES: JSON.stringify([{ path: '/*', auth: 'login' }]),
  }
  const { gate } = await startReporting(t, env)
  const response = await fetch(gate.url, { headers: { accept: 'text/html' }, redirect: 'manual' })
  t.equal(response.status, 200)
})

t.test('the report has reasons, rules and clients, of all gates together', async (t) => {
  const [one, two] = [await startReporting(t), await startReporting(t)]
  for (const { send } of [one, two]) {
    await send('/admin/1', good)
    await send('/admin/2', issuer.mintAccessToken({ expiresInSeconds: -60 }))
    await send('/x')
    await send('/only', good)
    await send('/open')
  }
  await two.send('/x')
  const urls = [one.gate.opsUrl, two.gate.opsUrl]
  const { code, stdout } = await report(t, '--json', ...urls)
  t.equal(code, 1)
  const told = JSON.parse(stdout)
  t.match(told, {
    gates: 2,
    requests: 11,
    wouldRefuse: 7,
    safeToEnforce: 'no',
    reasons: [{ name: 'token_missing', requests: 3 }, { requests: 2 }, { requests: 2 }],
    clients: [
      { name: issuer.clientId, requests: 4 },
      { name: 'none', requests: 3 },
    ],
    routes: [
      { route: '/admin/*', requests: 4, wouldRefuse: 4 },
      { route: 'default', requests: 3, wouldRefuse: 3, reasons: [{ name: 'token_missing', requests: 3 }] },
      { wouldRefuse: 0, requests: 2 },
      { wouldRefuse: 0, requests: 2 },
    ],
  })
  t.ok(Date.parse(told.since) <= Date.now())
  const text = (await report(t, ...urls)).stdout
  for (const part of [
    /^Report mode would have refused 7 of 11 requests \(63\.64 %\)$/m,
    /^ {2}\/only +0 {2}safe, of 2$/m,
  ])
    t.match(text, part)
  t.match(
    text,
    /\/admin\/\* +4 {2}not safe, of 4: (?:insufficient_group 2, token_expired 2|token_expired 2, insufficient_group 2)/,
  )
  t.match(text, /^Not safe to enforce/m)
})

t.test('exit code 0 only where requests came and none would have been refused', async (t) => {
  const { gate, send } = await startReporting(t)
  const quiet = await report(t, gate.opsUrl)
  t.match([quiet.code, quiet.stdout], [1, /Unknown: no request was seen/])
  await send('/x', good)
  const { code, stdout } = await report(t, gate.opsUrl)
  t.match([code, stdout], [0, /^Safe to enforce/m])
})

t.test('a request that fails behind the gate is reported too', async (t) => {
  const gate = await startTestGate(t, { issuer, upstream: 'http://127.0.0.1:1', env: { COGATE_MODE: 'report' } })
  t.equal((await fetch(gate.url)).status, 502)
  t.match(JSON.parse((await report(t, '--json', gate.opsUrl)).stdout), {
    wouldRefuse: 1,
    reasons: [{ name: 'token_missing' }],
  })
})

t.test('bad usage is 64, and a listener that cannot be read is a fault', async (t) => {
  for (const words of [[], ['x'], ['--what', 'http://a'], ['ftp://a']]) {
    const { code, stderr } = await report(t, ...words)
    t.equal(code, 64)
    t.match(stderr, /^cogate report: .+\n$/)
  }
  const { port } = await listenOnLoopback(
    t,
    createServer((_, answer) => answer.writeHead(500).end()),
  )
  t.match(await report(t, `http://127.0.0.1:${port}`), { code: 1, stderr: /\/metrics answered 500\n$/ })
})

t.test('the text format is read with its escapes', async (t) => {
  t.same(readExposition('# HELP a b\na{x="1\\"2\\\\3\\n4",y=""} 5\nb 1e3 1700000000\n\nno sample here\n'), [
    { name: 'a', labels: { x: '1"2\\3\n4', y: '' }, value: 5 },
    { name: 'b', labels: {}, value: 1000 },
  ])
})
