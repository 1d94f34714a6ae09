/** What the upstream answered is what the caller gets: status, headers, framing and body. */
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { startRawStack } from '../helpers/stack.ts'
import { answerHeadsWith } from '../helpers/upstream.ts'

/** What a caller gets for `request` when the upstream answers with these bytes. */
async function relay(t: Test, answer: string | Buffer, request = 'GET /x', ...fields: string[]) {
  const { head, send, upstream, gate } = await startRawStack(t, answerHeadsWith(answer))
  const exchange = await send(head(request, ...fields))
  return { ...exchange, response: exchange.responses[0], upstream, gate }
}

t.test('relays status, reason phrase, headers and a body with a length', async (t) => {
  const body = randomBytes(70_000)
  const answer = Buffer.concat([
    Buffer.from('HTTP/1.1 418 I am a Teapot\r\nContent-Length: 70000\r\nX-One: 1\r\nETag: "x"\r\nServer: app\r\n\r\n'),
    body,
  ])
  const { response } = await relay(t, answer)
  t.equal(`${response?.status} ${response?.statusText}`, '418 I am a Teapot')
  t.hasStrict(response?.headers, { 'x-one': ['1'], etag: ['"x"'], server: ['app'], 'content-length': ['70000'] })
  t.ok(response?.body.equals(body))
})

t.test('relays a small body byte for byte in every framing', async (t) => {
  const body = Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256))
  for (const [head, tail] of [
    ['Content-Length: 1024\r\n\r\n', ''],
    ['Transfer-Encoding: chunked\r\n\r\n400\r\n', '\r\n0\r\n\r\n'],
  ] as const) {
    const answer = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}`), body, Buffer.from(tail)])
    const { response } = await relay(t, answer)
    t.ok(response?.body.equals(body))
    t.ok(response?.complete)
  }
})

t.test('relays a chunked body with its trailers dropped', async (t) => {
  const { response } = await relay(
    t,
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n',
  )
  t.equal(response?.body.toString(), 'abcde')
  t.ok(response?.complete)
  t.notMatch(response?.headers, { 'x-trailer': /./ })
})

t.test('relays a body that ends with the connection as a complete message', async (t) => {
  const script = answerHeadsWith('HTTP/1.1 200 OK\r\n\r\nuntil the end', 'end')
  const { head, send } = await startRawStack(t, script)
  const { responses } = await send(head('GET /x'))
  t.hasStrict(responses, [{ status: 200, complete: true, body: Buffer.from('until the end') }])
})

t.test('FLT-015 keeps the Content-Length of an answer to HEAD', async (t) => {
  const { response } = await relay(t, 'HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n', 'HEAD /x')
  t.hasStrict(response, { status: 200, headers: { 'content-length': ['500000'] }, complete: true })
})

t.test('FLT-014 relays 304 with the Content-Length of what it did not send, and goes on', async (t) => {
  const { head, send, upstream } = await startRawStack(
    t,
    answerHeadsWith('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n'),
  )
  const two = head('GET /x', 'If-None-Match: "x"').repeat(2)
  const { responses } = await send(two, { expectResponses: 2, methods: ['GET', 'GET'] })
  t.strictSame(
    responses.map(({ status, headers, complete }) => [status, headers['etag'], headers['content-length'], complete]),
    [
      [304, ['"x"'], ['5'], true],
      [304, ['"x"'], ['5'], true],
    ],
  )
  t.ok(upstream.connections <= 2)
})

t.test('relays 204 without a length', async (t) => {
  for (const field of ['', 'Content-Length: 0\r\n']) {
    const { response, rest } = await relay(t, `HTTP/1.1 204 No Content\r\n${field}X-One: 1\r\n\r\n`, 'DELETE /x')
    t.hasStrict(response, { status: 204, headers: { 'x-one': ['1'] }, complete: true })
    t.notOk(response?.headers['content-length'] ?? response?.headers['transfer-encoding'])
    t.equal(rest.length, 0)
  }
})

t.test('ignores interim answers, however many', async (t) => {
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'
  const { response, informational } = await relay(
    t,
    `${early.repeat(200)}HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`,
  )
  t.hasStrict(response, { status: 200, body: Buffer.from('ok') })
  t.strictSame(informational, [])
})

t.test('FLT-026 keeps the lines of Set-Cookie apart', async (t) => {
  const { response } = await relay(
    t,
    'HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Expires=Wed, 21 Oct 2030 07:28:00 GMT\r\nX-A: 1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n',
  )
  t.strictSame(response?.headers['set-cookie'], ['a=1; Expires=Wed, 21 Oct 2030 07:28:00 GMT', 'b=2'])
})

t.test('relays header values byte for byte', async (t) => {
  const value = Buffer.from([0x63, 0xe9, 0x80, 0xff, 0xc3, 0xa9, 0x20, 0xf0, 0x9f, 0x98, 0x80]).toString('latin1')
  const head = `HTTP/1.1 200 OK\r\nX-Name: ${value}\r\nLocation: http://internal/\xe9\r\nContent-Length: 0\r\n\r\n`
  const { response } = await relay(t, Buffer.from(head, 'latin1'))
  t.strictSame(response?.headers['x-name'], [value])
  t.strictSame(response?.headers['location'], ['http://internal/\xe9'])
})

t.test('relays an answer whose reason phrase is not ASCII, empty or missing', async (t) => {
  for (const line of ['404 Non trouv\xe9', '404 \xc3\xa9\xe2\x82\xac', '404 ', '404']) {
    const { response } = await relay(t, `HTTP/1.1 ${line}\r\nContent-Length: 2\r\n\r\nok`)
    t.hasStrict(response, { status: 404, body: Buffer.from('ok') }, line)
  }
})

t.test('survives a header named __proto__', async (t) => {
  const { response } = await relay(
    t,
    'HTTP/1.1 200 OK\r\n__proto__: 1\r\nconstructor: 2\r\ntoString: 3\r\nContent-Length: 2\r\n\r\nok',
  )
  t.equal(response?.status, 200)
  t.strictSame(response?.headers['constructor'], ['2'])
})

t.test('FLT-027 relays a 401 of the upstream with its own challenge', async (t) => {
  const { response, gate } = await relay(
    t,
    'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="app"\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nwho',
  )
  t.strictSame(response?.headers['www-authenticate'], ['Basic realm="app"'])
  t.equal(response?.body.toString(), 'who')
  const line = await gate.logged(({ msg }) => msg === 'access')
  t.hasStrict(line, { outcome: 'allow', reason: 'allowed', status: 401 })
})

t.test('passes a head on before the first byte of the body', async (t) => {
  const { promise: flushed, resolve: finish } = Promise.withResolvers<void>()
  const { gate, authorization } = await startRawStack(t, (socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n'))
    void flushed.then(() => socket.end('data: 1\n\n'))
  })
  const response = await fetch(gate.url, { headers: { authorization } })
  t.equal(response.headers.get('content-type'), 'text/event-stream')
  finish()
  t.equal(await response.text(), 'data: 1\n\n')
})
