/** A request is sent once, whatever comes back. */
import t from 'tap'
import { startRawStack, startStack } from '../helpers/stack.ts'

t.test('relays 503 with a large body once a request and keeps no connection occupied', async (t) => {
  const body = Buffer.alloc(300_000, 'x')
  const { gate, authorization, upstream } = await startStack(t, {
    env: { COGATE_UPSTREAM_MAX_CONNECTIONS: '2' },
    handler: (_request, response) => response.writeHead(503, { 'retry-after': '1' }).end(body),
  })
  for (let round = 1; round <= 6; round++) {
    const response = await fetch(gate.url, { headers: { authorization } })
    t.equal(response.status, 503)
    t.equal(response.headers.get('retry-after'), '1')
    t.equal((await response.bytes()).length, body.length)
    t.equal(upstream.requests.length, round)
  }
  t.ok(upstream.openSockets <= 2)
})

for (const method of ['GET', 'POST']) {
  t.test(`sends ${method} once when a used connection turns out to be gone`, async (t) => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    let requests = 0
    const { head, send } = await startRawStack(t, (socket, index) => {
      socket.on('data', () => {
        requests++
        if (index === 0 && requests === 2) socket.resetAndDestroy()
        else socket.write(answer)
      })
    })
    const { responses } = await send(head(`${method} /1`))
    t.equal(responses[0]?.status, 200)
    const second = await send(head(`${method} /2`))
    t.equal(second.responses[0]?.status, 502)
    t.equal(requests, 2)
  })
}
