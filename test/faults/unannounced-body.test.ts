/**
 * Bodies where an answer has none: after HEAD, 204, 304 and interim answers. What comes behind such an answer is nobody's,
 * so its connection is not used again when the head announces a body.
 */
import t from 'tap'
import { startRawStack } from '../helpers/stack.ts'

const stray = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'
const own = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown'

const answers = [
  ['HEAD', 'a length', `HTTP/1.1 200 OK\r\nContent-Length: ${stray.length}\r\n\r\n`, stray],
  ['HEAD', 'chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '0\r\n\r\n'],
  ['GET', '304 and chunks', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n', '0\r\n\r\n'],
  ['GET', '304 and a length', `HTTP/1.1 304 Not Modified\r\nContent-Length: ${stray.length}\r\n\r\n`, stray],
  ['GET', '204 and a length', `HTTP/1.1 204 No Content\r\nContent-Length: ${stray.length}\r\n\r\n`, stray],
  ['GET', '204 and chunks', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n', '0\r\n\r\n'],
  [
    'GET',
    'an interim answer with a length',
    `HTTP/1.1 103 Early Hints\r\nContent-Length: ${own.length}\r\n\r\n${own}`,
    stray,
  ],
] as const

for (const [method, name, head, late] of answers) {
  t.test(`${method} answered with ${name}: what comes later is not the next caller's (FLD-32)`, async (t) => {
    const stack = await startRawStack(t, (socket, index) => {
      let asked = 0
      socket.on('error', () => undefined)
      socket.on('data', () => {
        asked++
        if (index > 0) socket.write(own)
        else socket.write(asked === 1 ? head : late)
      })
    })
    const first = await stack.send(stack.head(`${method} /a`), { methods: [method] })
    t.equal(first.responses.length, 1)
    const second = await stack.send(stack.head('GET /b'), { timeoutMs: 3000 })
    t.strictSame(
      second.responses.map(({ status, body }) => [status, body.toString()]),
      [[200, 'own']],
    )
    t.equal(stack.upstream.connections, 2, 'on a connection of its own')
  })
}

t.test('answers that announce no body keep their connection (FLD-32)', async (t) => {
  const heads = ['204 No Content\r\n', '304 Not Modified\r\n', '304 Not Modified\r\nContent-Length: 0\r\n']
  for (const head of heads) {
    const {
      head: request,
      send,
      upstream,
    } = await startRawStack(t, (socket) => {
      socket.on('data', () => socket.write(`HTTP/1.1 ${head}\r\n`))
    })
    for (const path of ['/a', '/b']) t.equal((await send(request(`GET ${path}`))).responses.length, 1)
    t.equal(upstream.connections, 1, head)
  }
})
