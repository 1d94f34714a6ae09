import t from 'tap'
import { sendRaw } from './raw-socket.ts'
import { answerHeadsWith, startRawUpstream, startUpstream } from './upstream.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

t.test('sends exactly the bytes given and returns the response while the connection stays open', async (t) => {
  const { port, receivedBytes } = await startRawUpstream(t, answerHeadsWith(OK))
  const exchange = await sendRaw({ port, bytes: `GET /\xff HTTP/1.1\r\n\r\n` })
  t.equal(receivedBytes(0).toString('latin1'), 'GET /\xff HTTP/1.1\r\n\r\n')
  t.equal(exchange.raw.toString('latin1'), OK)
  t.match(exchange, { closed: false, timedOut: false, errorCode: null })
  t.same(
    exchange.responses.map(({ status, body }) => [status, body.toString()]),
    [[200, 'ok']],
  )
})

t.test('waits for every expected response and catches one too many', async (t) => {
  const { port } = await startRawUpstream(t, answerHeadsWith(OK))
  t.equal((await sendRaw({ port, bytes: GET + GET, expectResponses: 2 })).responses.length, 2)
  const twice = await startRawUpstream(t, answerHeadsWith(OK + OK))
  t.equal((await sendRaw({ port: twice.port, bytes: GET })).responses.length, 2)
})

t.test('follows a response that announces Connection: close to that close', async (t) => {
  const { port } = await startUpstream(t)
  const exchange = await sendRaw({ port, bytes: 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' })
  t.equal(exchange.responses[0]?.status, 200)
  t.match(exchange, { closed: true, timedOut: false, errorCode: null })
})

t.test('completes a close-delimited response with the close', async (t) => {
  const { port } = await startRawUpstream(t, answerHeadsWith('HTTP/1.1 200 OK\r\n\r\nall of it', 'end'))
  const { responses, closed } = await sendRaw({ port, bytes: GET })
  t.equal(closed, true)
  t.match(responses[0], { complete: true, body: Buffer.from('all of it') })
})

t.test('returns what arrived before the peer cut the connection', async (t) => {
  const { port } = await startRawUpstream(t, answerHeadsWith('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', 'end'))
  const { responses, closed } = await sendRaw({ port, bytes: GET })
  t.equal(closed, true)
  t.match(responses[0], { status: 200, complete: false, body: Buffer.from('half') })
})

t.test('reports a reset as closed with its error code', async (t) => {
  const { port } = await startRawUpstream(t, (socket) => socket.once('data', () => socket.resetAndDestroy()))
  t.match(await sendRaw({ port, bytes: GET }), { closed: true, errorCode: 'ECONNRESET', responses: [] })
})

t.test('gives up after the timeout with what has arrived', async (t) => {
  const { port } = await startRawUpstream(t, answerHeadsWith('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'))
  const exchange = await sendRaw({ port, bytes: GET, timeoutMs: 50 })
  t.match(exchange, { closed: false, timedOut: true })
  t.match(exchange.responses[0], { status: 200, complete: false })
})

t.test('half-closes behind the bytes when asked', async (t) => {
  const { port } = await startRawUpstream(t, (socket) => socket.on('end', () => socket.end(OK)))
  const { responses, closed } = await sendRaw({ port, bytes: 'partial', halfClose: true })
  t.equal(responses[0]?.status, 200)
  t.equal(closed, true)
})

t.test('knows from the request line that HEAD has no body', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n'
  const { port } = await startRawUpstream(t, answerHeadsWith(head))
  const { responses, timedOut } = await sendRaw({ port, bytes: 'HEAD / HTTP/1.1\r\n\r\n' })
  t.equal(timedOut, false)
  t.match(responses[0], { status: 200, complete: true })
})

t.test('rejects when nobody listens', async (t) => {
  const upstream = await startRawUpstream(t, () => {})
  await upstream.close()
  await t.rejects(sendRaw({ port: upstream.port, bytes: GET }), { code: 'ECONNREFUSED' })
})
