/** Trailers are not forwarded, and announcing them ends no process (a head that Node cannot write would). */
import t from 'tap'
import { startRawStack, startStack } from '../helpers/stack.ts'
import { answerHeadsWith } from '../helpers/upstream.ts'

const announced = 'Trailer: Server-Timing\r\n'
const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${announced}\r\n`

for (const { name, answer, request, body } of [
  { name: 'HEAD', answer: chunked, request: 'HEAD /x', body: '' },
  {
    name: 'a length',
    answer: `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${announced}\r\nok`,
    request: 'GET /x',
    body: 'ok',
  },
  { name: '304', answer: `HTTP/1.1 304 Not Modified\r\n${announced}\r\n`, request: 'GET /x', body: '' },
  { name: '204', answer: `HTTP/1.1 204 No Content\r\n${announced}\r\n`, request: 'GET /x', body: '' },
  { name: 'chunks', answer: `${chunked}2\r\nok\r\n0\r\nServer-Timing: a\r\n\r\n`, request: 'GET /x', body: 'ok' },
]) {
  t.test(`answers when trailers are announced with ${name}`, async (t) => {
    const { head, send } = await startRawStack(t, answerHeadsWith(answer))
    const { responses, rest } = await send(head(request))
    t.hasStrict(responses, [{ status: Number(answer.slice(9, 12)), complete: true, body: Buffer.from(body) }])
    t.notOk(responses[0]?.headers['trailer'])
    t.equal(rest.length, 0)
  })
}

t.test('answers an HTTP/1.0 caller without chunks, to the end of the connection', async (t) => {
  const { head, send } = await startRawStack(t, answerHeadsWith(`${chunked}2\r\nok\r\n0\r\nServer-Timing: a\r\n\r\n`))
  const { responses, closed, errorCode } = await send(head('GET /x').replace('HTTP/1.1', 'HTTP/1.0'))
  t.hasStrict(responses, [{ status: 200, body: Buffer.from('ok') }])
  t.notOk(responses[0]?.headers['transfer-encoding'] ?? responses[0]?.headers['trailer'])
  t.ok(closed)
  t.equal(errorCode, null)
})

t.test('drops the trailers of a request and keeps its body', async (t) => {
  const { head, send, upstream } = await startStack(t)
  const body = '2\r\nhi\r\n0\r\nX-Cognito-Sub: mallory\r\n\r\n'
  const { responses } = await send(head('POST /x', 'Transfer-Encoding: chunked', 'Trailer: X-Cognito-Sub') + body)
  t.equal(responses[0]?.status, 200)
  t.hasStrict(upstream.requests, [{ complete: true, body: Buffer.from('hi') }])
  t.notMatch(upstream.requests[0]?.rawHeaders.join(), /mallory/)
})
