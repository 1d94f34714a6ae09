/** What belongs to one connection stays on it, in both directions (RFC 9110 section 7.6.1). */
import t from 'tap'
import { startRawStack, startStack } from '../helpers/stack.ts'
import { answerHeadsWith } from '../helpers/upstream.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'

t.test('passes on no hop-by-hop header of the caller and none its Connection names', async (t) => {
  const { head, send, upstream } = await startStack(t)
  const fields = [
    'Connection: keep-alive, X-Secret , x-other',
    'X-Secret: 1',
    'X-Other: 2',
    'Keep-Alive: timeout=600',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic eA==',
    'Proxy: http://evil.example',
    'TE: trailers',
    'Trailer: X-Checksum',
    'Upgrade: foo/2',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
    'X-Kept: 3',
  ]
  const { responses } = await send(head('GET /x', ...fields))
  t.equal(responses[0]?.status, 200)
  const names = Object.keys(upstream.requests[0]?.headers ?? {})
  const hops = [...fields.map((field) => field.slice(0, field.indexOf(':')).toLowerCase())].filter(
    (name) => name !== 'connection' && name !== 'x-kept',
  )
  t.strictSame(
    names.filter((name) => hops.includes(name)),
    [],
  )
  t.ok(names.includes('x-kept'))
})

t.test('keeps what the gate itself adds, whatever Connection names', async (t) => {
  const { head, send, upstream } = await startStack(t)
  const named =
    'Connection: close, X-Cognito-Sub, X-Forwarded-For, X-Forwarded-User, Via, Host, X-Request-Id, Authorization'
  const { responses } = await send(head('GET /x', named))
  t.equal(responses[0]?.status, 200)
  const { headers } = upstream.requests[0] ?? {}
  t.hasStrict(headers, { 'x-forwarded-user': 'alice', 'x-forwarded-for': '127.0.0.1', host: 'app.example' })
  t.ok(headers?.['x-cognito-sub'])
  t.ok(headers?.['x-request-id'])
})

t.test('frames the body whatever Connection names', async (t) => {
  const { head, send, upstream } = await startStack(t)
  const fields = ['Connection: Content-Length, Content-Type', 'Content-Length: 5', 'Content-Type: text/plain']
  const { responses } = await send(`${head('POST /x', ...fields)}hello`)
  t.equal(responses[0]?.status, 200)
  t.hasStrict(upstream.requests, [{ body: Buffer.from('hello'), complete: true }])
})

t.test('answers an offer of h2c over HTTP/1.1, with its body forwarded', async (t) => {
  const { head, send, upstream } = await startStack(t)
  const offer = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']
  const { responses } = await send(`${head('POST /x', ...offer, 'Content-Length: 5')}hello`)
  t.equal(responses[0]?.status, 200)
  t.hasStrict(upstream.requests, [{ body: Buffer.from('hello') }])
  t.notOk(upstream.requests[0]?.headers.upgrade)
})

t.test('FLT-024 relays no hop-by-hop header of the upstream and none its Connection names', async (t) => {
  const { head, send } = await startRawStack(
    t,
    answerHeadsWith(
      `${ok}Connection: keep-alive, X-Internal\r\nX-Internal: 1\r\nKeep-Alive: timeout=600, max=1\r\n` +
        'Proxy-Authenticate: Basic\r\nProxy-Connection: x\r\nTE: x\r\nTrailer: X-T\r\nX-Kept: 2\r\n\r\nok',
    ),
  )
  const { responses } = await send(head('GET /x'))
  const { headers = {} } = responses[0] ?? {}
  t.hasStrict(headers, { 'x-kept': ['2'], connection: ['keep-alive'], 'keep-alive': ['timeout=75'] })
  for (const name of ['x-internal', 'proxy-authenticate', 'proxy-connection', 'te', 'trailer', 'upgrade']) {
    t.notOk(headers[name], name)
  }
})

t.test('FLT-025 keeps the connection of the caller when the upstream closes its own', async (t) => {
  const { head, send, upstream } = await startRawStack(t, answerHeadsWith(`${ok}Connection: close\r\n\r\nok`, 'end'))
  const { responses } = await send(head('GET /1') + head('GET /2'), { expectResponses: 2 })
  t.strictSame(
    responses.map(({ status, complete, headers }) => [status, complete, headers['connection']]),
    [
      [200, true, ['keep-alive']],
      [200, true, ['keep-alive']],
    ],
  )
  t.equal(upstream.connections, 2)
})

t.test('closes the connection of a caller who asks for it', async (t) => {
  const { head, send } = await startRawStack(t, answerHeadsWith(`${ok}\r\nok`))
  const { responses, closed } = await send(head('GET /1', 'Connection: close'))
  t.hasStrict(responses, [{ status: 200, headers: { connection: ['close'] } }])
  t.ok(closed)
})
