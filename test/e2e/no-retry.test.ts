/** A request is sent once, whatever comes back. */
import t from 'tap'
import { startStack } from '../helpers/stack.ts'

t.test('FLT-017 FLT-018 FLT-019 FLT-020 relays a large 503 once a request and frees its connection', async (t) => {
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

t.test('FLT-021 sends a POST that is answered 503 once, and relays that', async (t) => {
  const { head, send, upstream } = await startStack(t, {
    handler: (_request, response) => response.writeHead(upstream.requests.length === 1 ? 503 : 200).end(),
  })
  const { responses } = await send(`${head('POST /x', 'Content-Length: 2')}hi`)
  t.equal(responses[0]?.status, 503)
  t.equal(upstream.requests.length, 1)
})
