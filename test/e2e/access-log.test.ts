/** One line a request, and in no line of the log what must not be there. */
import { hash } from 'node:crypto'
import t from 'tap'
import { createLogger } from '../../src/ops/log.ts'
import type { TestGate } from '../helpers/gateway.ts'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startStack } from '../helpers/stack.ts'
import { startUpstream } from '../helpers/upstream.ts'

const accessLines = (gate: Pick<TestGate, 'lines'>) => gate.lines.filter(({ msg }) => msg === 'access')

t.test('says who asked what of which route, what was decided and how long it took', async (t) => {
  const { gate, head, send, issuer } = await startStack(t, { env: { COGATE_LOG_SUBJECT: 'plain' } })
  const { responses } = await send(head('GET /a/b?secret=1#f'.replace('#f', '')))
  const line = await gate.logged(({ msg }) => msg === 'access')
  t.hasStrict(line, {
    level: 'info',
    requestId: responses[0]?.headers['x-request-id']?.[0],
    method: 'GET',
    path: '/a/b',
    route: 'default',
    outcome: 'allow',
    reason: 'allowed',
    status: 200,
    address: '127.0.0.1',
    clientId: issuer.clientId,
  })
  t.match(line, { time: /^\d{4}-\d\d-\d\dT/, durationMs: Number, upstreamMs: Number, sub: /^[0-9a-f-]{36}$/ })
  t.ok(Number(line['durationMs']) >= Number(line['upstreamMs']))
  t.notOk('aborted' in line)
})

for (const [mode, check] of [
  ['plain', (sub: unknown, plain: string) => sub === plain],
  ['hashed', (sub: unknown, plain: string) => sub === hash('sha256', plain, 'hex').slice(0, 16)],
  ['none', (sub: unknown) => sub === undefined],
] as const) {
  t.test(`writes the subject ${mode}`, async (t) => {
    const { gate, issuer } = await startStack(t, { env: { COGATE_LOG_SUBJECT: mode } })
    const token = issuer.mintAccessToken({ sub: '11111111-2222-4333-8444-555555555555' })
    await fetch(gate.url, { headers: { authorization: `Bearer ${token}` } })
    const line = await gate.logged(({ msg }) => msg === 'access')
    t.ok(check(line['sub'], '11111111-2222-4333-8444-555555555555'), String(line['sub']))
  })
}

t.test('writes no access line when told so', async (t) => {
  const { gate, head, send } = await startStack(t, { env: { COGATE_LOG_ACCESS: 'false' } })
  await send(head('GET /x'))
  await gate.close()
  t.strictSame(accessLines(gate), [])
})

t.test('writes exactly one line for every way a request can end', async (t) => {
  const { gate, head, send } = await startStack(t, {
    env: { COGATE_LIMITS_BODY: '1KiB', COGATE_LIMITS_HEADERS: '2KiB' },
    handler: (request, response) => (request.url === '/cut' ? request.socket.destroy() : response.end('ok')),
  })
  const cases: readonly (readonly [bytes: string, status: number, reason: string])[] = [
    [head('GET /ok'), 200, 'allowed'],
    [head('HEAD /ok'), 200, 'allowed'],
    [head('GET /cut'), 502, 'upstream_reset'],
    [head('GET /%zz'), 400, 'path_ambiguous'],
    ['GET /x HTTP/1.1\r\nHost: a\r\n\r\n', 401, 'token_missing'],
    ['GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400, 'request_malformed'],
    ['GET /x HTTP/1.1\r\n\r\n', 400, 'request_malformed'],
    ['nonsense\r\n\r\n', 400, 'request_malformed'],
    [`GET /x HTTP/1.1\r\nX: ${'a'.repeat(3000)}\r\n\r\n`, 431, 'headers_too_large'],
    [`${head('POST /x', 'Content-Length: 2000')}${'x'.repeat(2000)}`, 413, 'request_too_large'],
    [
      `${head('POST /x', 'Transfer-Encoding: chunked')}800\r\n${'x'.repeat(2048)}\r\n0\r\n\r\n`,
      413,
      'request_too_large',
    ],
    [`${head('POST /x', 'Transfer-Encoding: chunked')}zz\r\n`, 400, 'request_malformed'],
  ]
  for (const [bytes, status, reason] of cases) {
    const before = accessLines(gate).length
    const { responses } = await send(bytes)
    t.equal(responses[0]?.status, status, JSON.stringify(bytes.slice(0, 60)))
    await gate.logged((line) => accessLines(gate).indexOf(line) === before)
    const lines = accessLines(gate).slice(before)
    t.strictSame(
      lines.map((line) => [line['status'], line['reason']]),
      [[status, reason]],
    )
  }
})

t.test('holds no token, no query, no header and no claim in any output of the process', async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t, (request, response) =>
    request.url?.startsWith('/cut') ? request.socket.destroy() : response.end('ok'),
  )
  const env = { COGATE_LOG_LEVEL: 'trace' }
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env })
  const good = issuer.mintAccessToken({ username: 'secret-user', groups: ['secret-group'] })
  const tokens = [good, issuer.tamper(good), issuer.mintAccessToken({ expiresInSeconds: -1 }), 'not.a.token']
  for (const token of tokens) {
    for (const path of ['/x', '/cut', '/../x']) {
      const fields = [`Authorization: Bearer ${token}`, 'Cookie: session=secret-cookie', 'X-Api-Key: secret-key']
      const bytes = [`GET ${path}?access_token=secret-query HTTP/1.1`, 'Host: secret-host', ...fields, '\r\n'].join(
        '\r\n',
      )
      await sendRaw({ port: gate.port, bytes })
    }
  }
  await sendRaw({ port: gate.port, bytes: `GET /x HTTP/1.1\r\nAuthorization: Bearer ${good}\r\nbroken line\r\n\r\n` })
  gate.kill('SIGTERM')
  t.equal(await gate.exited, 0)
  const output = JSON.stringify(gate.lines) + gate.stderr()
  t.ok(accessLines(gate).length >= tokens.length * 3)
  const parts = tokens.flatMap((token) => token.split('.')).filter((part) => part.length > 20)
  t.equal(parts.length, 9)
  for (const part of parts) t.notOk(output.includes(part), part.slice(0, 12))
  t.notMatch(output, /secret-|access_token/)
})

t.test('the net below: secrets that are passed to the logger by mistake are censored', async (t) => {
  const written: string[] = []
  const log = createLogger({ level: 'info' }, { write: (text) => written.push(text) })
  log.info({ token: 'leak', headers: { authorization: 'leak', cookie: 'leak' }, a: { b: { password: 'leak' } } }, 'x')
  t.notMatch(written.join(''), /leak/)
  t.match(written.join(''), /\[redacted\]/)
})

t.test('the body that stops being one is the end of its own request, and of no other', async (t) => {
  const { gate, head, send, upstream } = await startStack(t, {
    handler: (request, response) => request.url === '/first' && setTimeout(() => response.end('ok'), 50),
  })
  await send(`${head('POST /x', 'Transfer-Encoding: chunked')}5\r\nhello\r\nzz\r\n`)
  t.notOk(upstream.requests[0]?.complete)
  const broken = await gate.logged(({ msg }) => msg === 'access')
  t.hasStrict(broken, { path: '/x', outcome: 'deny', reason: 'request_malformed', status: 400, aborted: true })
  await send(`${head('GET /first')}nonsense\r\n\r\n`)
  const first = await gate.logged(({ path }) => path === '/first')
  t.hasStrict(first, { outcome: 'allow', reason: 'allowed' })
  t.equal(accessLines(gate).length, 3)
})

t.test('names the client behind a trusted proxy, and the limit it met', async (t) => {
  const { gate, head, send } = await startStack(t, {
    env: { COGATE_FORWARDED_TRUST: '127.0.0.0/8', COGATE_RATE_LIMIT_PER_ADDRESS: '1/m' },
  })
  for (const status of [200, 429]) {
    const { responses } = await send(head('GET /x', 'X-Forwarded-For: 203.0.113.9'))
    t.equal(responses[0]?.status, status)
  }
  const line = await gate.logged(({ msg, status }) => msg === 'access' && status === 429)
  t.hasStrict(line, { address: '127.0.0.1', client: '203.0.113.9', limit: 'address', reason: 'rate_limited' })
  const allowed = await gate.logged(({ msg, status }) => msg === 'access' && status === 200)
  t.hasStrict(allowed, { client: '203.0.113.9' })
  t.notOk('limit' in allowed)
})
