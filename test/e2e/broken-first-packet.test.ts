/** An answer that breaks within its first packet is a 502: nothing of it had left the gate. */
import t from 'tap'
import { startRawStack } from '../helpers/stack.ts'

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

const answers = {
  'its second chunk': `${chunked}5\r\nhello\r\nxyz\r\n`,
  'its third chunk': `${chunked}5\r\nhello\r\n6\r\n world\r\n-1\r\n`,
  'the end of its first chunk': `${chunked}5\r\nhelloXX\r\n`,
  'its first chunk size': `${chunked}xyz\r\n`,
  'its first chunk size, without the end of the line': `${chunked}xyz`,
  'the end of its first chunk, without the end of the line': `${chunked}5\r\nhelloXX`,
  'its trailers': `${chunked}5\r\nhello\r\n0\r\nno trailer\r\n\r\n`,
  'its second chunk behind an interim answer': `HTTP/1.1 103 Early Hints\r\n\r\n${chunked}5\r\nhello\r\nxyz\r\n`,
  'its second chunk, far behind the first': `${chunked}7530\r\n${'x'.repeat(0x7530)}\r\nxyz\r\n`,
}

for (const [name, answer] of Object.entries(answers)) {
  for (const version of ['1.1', '1.0']) {
    t.test(`an answer that breaks at ${name} is a 502 over HTTP/${version} (FLD-43)`, async (t) => {
      const { head, send, gate, upstream } = await startRawStack(t, (socket) =>
        socket.on('data', () => socket.write(answer, 'latin1')),
      )
      const request = head('POST /x', 'Content-Length: 0').replace('HTTP/1.1', `HTTP/${version}`)
      const { responses, rest, errorCode } = await send(request)
      t.strictSame(
        responses.map(({ status, complete }) => [status, complete]),
        [[502, true]],
      )
      t.strictSame([rest.length, errorCode, upstream.connections], [0, null, 1])
      t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), {
        outcome: 'fail',
        reason: 'upstream_invalid_response',
        status: 502,
      })
    })
  }
}

t.test('the next request of the caller is answered on the same connection (FLD-43)', async (t) => {
  const { head, send } = await startRawStack(t, (socket, index) =>
    socket.on('data', () => socket.write(index === 0 ? answers['its second chunk'] : `${chunked}2\r\nok\r\n0\r\n\r\n`)),
  )
  const { responses } = await send(head('GET /1') + head('GET /2'), { expectResponses: 2, methods: ['GET', 'GET'] })
  t.strictSame(
    responses.map(({ status }) => status),
    [502, 200],
  )
  t.equal(responses[1]?.body.toString(), 'ok')
})

t.test('an answer of which something has left is still cut (FLD-43)', async (t) => {
  const { head, send } = await startRawStack(t, (socket) => {
    socket.once('data', () => {
      socket.write(`${chunked}5\r\nhello\r\n`)
      setTimeout(() => socket.write('xyz\r\n'), 50)
    })
  })
  const { responses, closed } = await send(head('POST /x', 'Content-Length: 0'))
  t.hasStrict(responses, [{ status: 200, complete: false, body: Buffer.from('hello') }])
  t.ok(closed)
})
