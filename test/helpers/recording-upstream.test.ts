import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { sendRaw } from './raw-socket.ts'
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts'

async function send(t: Test, bytes: string): Promise<RecordingUpstream> {
  const upstream = await startRecordingUpstream(t)
  const socket = connect({ port: Number(new URL(upstream.url).port), host: '127.0.0.1' })
  socket.resume().end(bytes, 'latin1')
  await once(socket, 'close')
  return upstream
}

t.test('reads every request of a connection, with its body out of a length or out of chunks', async (t) => {
  const sized = 'POST /a HTTP/1.1\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 4\r\n\r\n\r\n\r\n'
  const chunked = 'PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'
  const { requests, faults, bytesSince } = await send(t, `${sized}${chunked}GET /c HTTP/1.1\r\n\r\n`)
  t.same(
    requests.map(({ method, target, body, complete }) => [method, target, body.toString(), complete]),
    [
      ['POST', '/a', '\r\n\r\n', true],
      ['PUT', '/b', 'hello', true],
      ['GET', '/c', '', true],
    ],
  )
  t.same(requests[0]?.headers['x-a'], ['1', '2'])
  t.same(faults, [])
  t.match(bytesSince(sized.length).toString(), /^PUT \/b/)
})

t.test('answers each complete request once', async (t) => {
  const upstream = await startRecordingUpstream(t)
  const port = Number(new URL(upstream.url).port)
  const bytes = 'GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n'
  t.equal((await sendRaw({ port, bytes, expectResponses: 2 })).responses.length, 2)
  t.equal(upstream.byteCount, bytes.length)
})

t.test('keeps a request whose body breaks off as one that is not complete', async (t) => {
  const { requests } = await send(t, 'POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nhel')
  t.match(requests, [{ target: '/a', complete: false }])
  t.equal(requests[0]?.body.toString(), 'hel')
})

t.test('takes nothing for a request that could be read in two ways', async (t) => {
  const unclear = [
    'POST /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx',
    'GET /a b HTTP/1.1\r\n\r\n',
    'GET /a\r\n\r\n',
    'GET /a HTTP/1.1\r\nX-A : 1\r\n\r\n',
    '0\r\n\r\n',
  ]
  for (const bytes of unclear) {
    const { requests, faults } = await send(t, bytes)
    t.same([requests.length, faults.length], [0, 1], JSON.stringify(bytes))
  }
})
