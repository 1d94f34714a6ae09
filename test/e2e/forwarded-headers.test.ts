/** Where a request came from: X-Forwarded-*, Via, X-Request-Id and Host, believed from trusted peers only. */
import t from 'tap'
import { startStack } from '../helpers/stack.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const claims = [
  'X-Forwarded-For: 203.0.113.9',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: evil.example',
  'X-Forwarded-Port: 1',
  'X-Forwarded-Prefix: /p',
  'Forwarded: for=203.0.113.9',
  'X-Real-IP: 203.0.113.9',
  'X-Original-URL: /admin',
  'X-Request-Id: mine-1',
]

t.test('tells the upstream the peer, the scheme, the host, the port and the way', async (t) => {
  const { gate, head, send, upstream } = await startStack(t)
  const { responses } = await send(head('GET /x', 'Via: 1.0 fred'))
  const { headers } = upstream.requests[0] ?? {}
  t.hasStrict(headers, {
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'app.example',
    'x-forwarded-port': String(gate.port),
    via: '1.0 fred',
  })
  t.match(headers?.['x-request-id'], uuid)
  t.strictSame(responses[0]?.headers['x-request-id'], [headers?.['x-request-id']])
})

t.test('a service sees no Via of the gate unless that is configured (FLD-06)', async (t) => {
  for (const [env, via] of [
    [{}, undefined],
    [{ COGATE_FORWARDED_VIA: 'true' }, '1.1 cogate'],
  ] as const) {
    const { head, send, upstream } = await startStack(t, { env })
    await send(head('GET /x'))
    t.equal(upstream.requests[0]?.headers.via, via)
  }
})

t.test('believes nothing of a peer that is not trusted', async (t) => {
  const { head, send, upstream } = await startStack(t)
  await send(head('GET /x', ...claims))
  const { headers } = upstream.requests[0] ?? {}
  t.hasStrict(headers, {
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'app.example',
  })
  t.notOk(
    headers?.['forwarded'] ?? headers?.['x-real-ip'] ?? headers?.['x-original-url'] ?? headers?.['x-forwarded-prefix'],
  )
  t.match(headers?.['x-request-id'], uuid)
})

t.test('the address of a caller comes under no other name, unless a trusted peer says it', async (t) => {
  // Rails, chi, `request-ip` of npm and many PHP programs look for the address under these names.
  const names = [
    'Client-IP',
    'X-Client-IP',
    'True-Client-IP',
    'X-Cluster-Client-IP',
    'CF-Connecting-IP',
    'Forwarded-For',
  ]
  for (const [trust, seen] of [
    ['192.0.2.1', []],
    ['127.0.0.1', names],
  ] as const) {
    const { head, send, upstream } = await startStack(t, { env: { COGATE_FORWARDED_TRUST: trust } })
    const spellings = names.flatMap((name) => [`${name}: 203.0.113.9`, `${name.replaceAll('-', '_')}: 203.0.113.9`])
    await send(head('GET /x', ...spellings))
    const { rawHeaders = [] } = upstream.requests[0] ?? {}
    const spoofed = rawHeaders.filter((_, at) => at % 2 === 0 && rawHeaders[at + 1] === '203.0.113.9')
    t.same(spoofed, seen, trust)
  }
})

t.test('believes a trusted peer and adds itself', async (t) => {
  const { head, send, upstream, gate } = await startStack(t, { env: { COGATE_FORWARDED_TRUST: '127.0.0.0/8' } })
  const { responses } = await send(head('GET /x', ...claims, 'X-Forwarded-For: 198.51.100.7'))
  t.hasStrict(upstream.requests[0]?.headers, {
    'x-forwarded-for': '203.0.113.9, 198.51.100.7, 127.0.0.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-port': '1',
    'x-real-ip': '203.0.113.9',
    forwarded: 'for=203.0.113.9',
    'x-request-id': 'mine-1',
  })
  t.strictSame(responses[0]?.headers['x-request-id'], ['mine-1'])
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { requestId: 'mine-1' })
})

t.test('makes a new id where a trusted one could not be logged as it is', async (t) => {
  const { head, send, upstream } = await startStack(t, { env: { COGATE_FORWARDED_TRUST: '127.0.0.1' } })
  for (const id of ['a b', '"', 'x'.repeat(129), '<script>', '']) await send(head('GET /x', `X-Request-Id: ${id}`))
  for (const { headers } of upstream.requests) t.match(headers['x-request-id'], uuid)
})

t.test('returns its own request id when the upstream sends another', async (t) => {
  const { head, send, upstream } = await startStack(t, {
    handler: (_request, response) => response.setHeader('X-Request-Id', 'theirs').end(),
  })
  const { responses } = await send(head('GET /x'))
  t.strictSame(responses[0]?.headers['x-request-id'], [upstream.requests[0]?.headers['x-request-id']])
})

t.test('returns a request id with a refusal', async (t) => {
  const { send } = await startStack(t)
  const { responses } = await send('GET /x HTTP/1.1\r\nHost: a\r\n\r\n')
  const [id = ''] = responses[0]?.headers['x-request-id'] ?? []
  t.match(id, uuid)
  t.hasStrict(JSON.parse(responses[0]?.body.toString() ?? ''), { code: 'token_missing', requestId: id })
})

t.test('preserves the Host of the caller, and sends that of the upstream when told to', async (t) => {
  const preserved = await startStack(t)
  await preserved.send(preserved.head('GET /x'))
  t.equal(preserved.upstream.requests[0]?.headers.host, 'app.example')
  const replaced = await startStack(t, { env: { COGATE_UPSTREAM_PRESERVE_HOST: 'false' } })
  await replaced.send(replaced.head('GET /x'))
  t.equal(replaced.upstream.requests[0]?.headers.host, `127.0.0.1:${replaced.upstream.port}`)
  t.equal(replaced.upstream.requests[0]?.headers['x-forwarded-host'], 'app.example')
})
