/** `POST /explain` of the ops listener: the answers of `cogate explain`, for whoever cannot use a shell. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCogate } from '../helpers/cogate-process.ts'
import { spawnCrew } from '../helpers/crew.ts'
import { gateEnvironment, startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { readMetric } from '../helpers/metrics.ts'

const issuer = await startTestIssuer(t)
const routes = [{ path: '/*' }, { path: '/admin/*', groups: ['admin'] }]
const upstream = 'http://127.0.0.1:9'
const env = { COGATE_OPS_EXPLAIN: 'true' }

async function ask(
  opsUrl: string,
  body: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${opsUrl}/explain`, { method: 'POST', body: text, headers })
  const answer = await response.text()
  return { status: response.status, answer, headers: response.headers }
}

t.test('it answers as the command does, and the log, the cache and the counts know nothing of the token', async (t) => {
  const gate = await startTestGate(t, { issuer, upstream, routes, env: { ...env, COGATE_LOG_LEVEL: 'trace' } })
  const lines = gate.lines.length
  const file = join(t.testdir(), 'token')
  for (const [path, token] of [
    ['/admin/x', issuer.mintAccessToken({ groups: ['staff'] })],
    ['/x', issuer.mintAccessToken()],
    ['/x', issuer.mintIdToken()],
    ['/x', 'garbage-4711'],
  ] as const) {
    writeFileSync(file, token)
    const { stdout } = await runCogate(t, ['explain', '--json', '--path', path, '--token-file', file], {
      env: gateEnvironment({ issuer, upstream, routes }),
    })
    const { status, answer, headers } = await ask(gate.opsUrl, { path, token })
    t.equal(status, 200)
    t.same(JSON.parse(answer), JSON.parse(stdout), path)
    t.equal(headers.get('cache-control'), 'no-store')
    t.notMatch(answer, token)
  }
  t.equal(gate.lines.length, lines)
  t.equal(await readMetric(gate.opsPort, 'cogate_token_cache_entries'), 0)
  t.equal(await readMetric(gate.opsPort, 'cogate_token_cache_misses_total'), 0)
})

t.test('without a token, in Japanese, and for another method and host', async (t) => {
  const gate = await startTestGate(t, { issuer, upstream, routes, env })
  const { answer } = await ask(gate.opsUrl, { method: 'POST', path: '/admin/x', host: 'a.example', lang: 'ja' })
  t.match(JSON.parse(answer), { verdict: 'challenge', reason: 'token_missing', status: 401 })
  t.match(JSON.parse(answer).fix, /[ぁ-ん]/)
  t.match(JSON.parse((await ask(gate.opsUrl, {})).answer), { steps: [{ step: 'head', detail: /localhost/ }] })
})

t.test('a question that is none is 400 or 415, and the answer quotes nothing of it', async (t) => {
  const gate = await startTestGate(t, { issuer, upstream, routes, env })
  const before = gate.lines.length
  const secret = 'eyJsecret'
  const bad = [
    ...[
      `{"token":"${secret}`,
      '',
      '[]',
      '"x"',
      '7',
      'null',
      { path: 'x' },
      { path: 7 },
      { method: 'G T' },
      { lang: 'de' },
    ],
    ...[
      { token: [secret] },
      { [secret]: 1 },
      { host: {} },
      `{"__proto__":{"x":"${secret}"}}`,
      { token: 'x'.repeat(2 ** 21) },
    ],
  ]
  for (const body of bad) {
    const { status, answer } = await ask(gate.opsUrl, body)
    t.ok(status === 400 || status === 413, String(status))
    t.notMatch(answer, secret)
    t.match(JSON.parse(answer), { error: String })
  }
  t.equal((await ask(gate.opsUrl, { token: secret }, { 'content-type': 'text/plain' })).status, 415)
  t.equal(gate.lines.length, before)
})

t.test('it is off by default, and only POST is there', async (t) => {
  const off = await startTestGate(t, { issuer, upstream, routes })
  t.equal((await ask(off.opsUrl, {})).status, 404)
  const gate = await startTestGate(t, { issuer, upstream, routes, env })
  t.equal((await fetch(`${gate.opsUrl}/explain`)).status, 404)
})

t.test('with several workers the primary answers, with keys of its own', async (t) => {
  const crew = await spawnCrew(t, { env })
  const opsUrl = `http://127.0.0.1:${crew.opsPort}`
  const token = crew.authorization.slice(7)
  t.match(JSON.parse((await ask(opsUrl, { token })).answer), { verdict: 'allow', reason: 'allowed' })
  t.match(JSON.parse((await ask(opsUrl, { token: issuer.mintIdToken() })).answer), { status: 401 })
  t.equal(crew.stderr(), '')
})
