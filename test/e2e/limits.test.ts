/** What is larger than allowed is refused, and none of it becomes a request upstream. */
import t, { type Test } from 'tap'
import type { RawResponse } from '../helpers/raw-socket.ts'
import type { StackOptions } from '../helpers/stack.ts'
import { startStack } from '../helpers/stack.ts'

type Limits = NonNullable<StackOptions['env']>

function expectRefusal(t: Test, answer: RawResponse | undefined, status: number, code: string): void {
  t.equal(answer?.status, status)
  t.strictSame(answer?.headers['content-type'], ['application/problem+json'])
  t.hasStrict(JSON.parse(answer?.body.toString() ?? ''), { status, code })
}

const start = (t: Test, env: Limits) => startStack(t, { env })

t.test('refuses a body whose length is over limits.body without asking the upstream', async (t) => {
  const { head, send, upstream, gate } = await start(t, { COGATE_LIMITS_BODY: '1KiB' })
  const { responses } = await send(head('POST /x', 'Content-Length: 1025') + 'x'.repeat(1025))
  expectRefusal(t, responses[0], 413, 'request_too_large')
  t.equal(upstream.requests.length, 0)
  const line = await gate.logged(({ msg }) => msg === 'access')
  t.hasStrict(line, { outcome: 'deny', reason: 'request_too_large', status: 413 })
  t.notOk(gate.lines.some(({ msg }) => msg === 'upstream failed'))
})

t.test('refuses a chunked body as soon as it is over limits.body; the upstream never sees it whole', async (t) => {
  const { head, send, upstream } = await start(t, { COGATE_LIMITS_BODY: '1KiB' })
  const bytes = `${head('POST /x', 'Transfer-Encoding: chunked')}400\r\n${'x'.repeat(1024)}\r\n1\r\nx\r\n0\r\n\r\n`
  const { responses } = await send(bytes)
  expectRefusal(t, responses[0], 413, 'request_too_large')
  t.notOk(upstream.requests.some(({ complete }) => complete))
})

t.test('forwards a body of exactly limits.body in both framings', async (t) => {
  const { head, send, upstream } = await start(t, { COGATE_LIMITS_BODY: '1KiB' })
  const body = 'x'.repeat(1024)
  await send(head('POST /x', 'Content-Length: 1024') + body)
  await send(`${head('POST /x', 'Transfer-Encoding: chunked')}400\r\n${body}\r\n0\r\n\r\n`)
  t.strictSame(
    upstream.requests.map((request) => [request.complete, request.body.length]),
    [
      [true, 1024],
      [true, 1024],
    ],
  )
})

t.test('refuses a target over limits.url', async (t) => {
  const { head, send, upstream } = await start(t, { COGATE_LIMITS_URL: '64B' })
  const { responses } = await send(head(`GET /${'a'.repeat(64)}`))
  expectRefusal(t, responses[0], 414, 'url_too_long')
  const fits = await send(head(`GET /${'a'.repeat(63)}`))
  t.equal(fits.responses[0]?.status, 200)
  t.equal(upstream.requests.length, 1)
})

t.test('refuses more header lines than limits.headerCount', async (t) => {
  const { head, send, upstream } = await start(t, { COGATE_LIMITS_HEADER_COUNT: '10' })
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: 1`)
  const { responses } = await send(head('GET /x', ...lines(9)))
  expectRefusal(t, responses[0], 431, 'headers_too_large')
  const fits = await send(head('GET /x', ...lines(8)))
  t.equal(fits.responses[0]?.status, 200)
  t.equal(upstream.requests.length, 1)
})

t.test('refuses a body hidden behind more header lines than Node would show', async (t) => {
  const env = { COGATE_LIMITS_HEADERS: '256KiB', COGATE_LIMITS_HEADER_COUNT: '10000' }
  const { head, send, upstream } = await start(t, env)
  const lines = Array.from({ length: 2500 }, (_, index) => `X-${index}: 1`)
  upstream.server.maxHeadersCount = 0
  const { responses } = await send(`${head('POST /x', ...lines, 'Content-Length: 5')}hello`)
  t.equal(responses[0]?.status, 200)
  t.hasStrict(upstream.requests, [{ complete: true, body: Buffer.from('hello') }])
  t.equal(upstream.requests[0]?.rawHeaders.filter((name) => /^X-\d/.test(name)).length, 2500)
})

t.test('refuses a token over limits.token, though it is genuine', async (t) => {
  const { head, send, upstream, authorization } = await start(t, { COGATE_LIMITS_TOKEN: '128B' })
  t.ok(authorization.length > 'Bearer '.length + 128)
  const { responses } = await send(head('GET /x'))
  expectRefusal(t, responses[0], 401, 'token_too_large')
  t.equal(upstream.requests.length, 0)
})

t.test('refuses headers over limits.headers and closes', async (t) => {
  const { head, send, upstream, gate } = await start(t, { COGATE_LIMITS_HEADERS: '4KiB' })
  const { responses, closed } = await send(head('GET /x', `X-Long: ${'a'.repeat(8000)}`))
  expectRefusal(t, responses[0], 431, 'headers_too_large')
  t.ok(closed)
  t.equal(upstream.requests.length, 0)
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { reason: 'headers_too_large', status: 431 })
})

t.test('closes connections over limits.connections at once', async (t) => {
  const { head, send, upstream, gate } = await startStack(t, {
    env: { COGATE_LIMITS_CONNECTIONS: '2' },
    handler: () => undefined,
  })
  const hanging = [send(head('GET /1'), { timeoutMs: 1000 }), send(head('GET /2'), { timeoutMs: 1000 })]
  await upstream.received(2)
  const { raw, closed } = await send(head('GET /3'))
  t.ok(closed)
  t.equal(raw.length, 0)
  const metrics = await (await fetch(`${gate.opsUrl}/metrics`)).text()
  t.match(metrics, 'cogate_connections_refused_total 1\n')
  await gate.close()
  await Promise.all(hanging)
})
