/** How often a connection to the service is used: `upstream.keepAlive`. */
import t, { type Test } from 'tap'
import { startRawStack } from '../helpers/stack.ts'
import { answerHeadsWith } from '../helpers/upstream.ts'

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function countConnections(t: Test, keepAlive: string): Promise<number> {
  const env = { COGATE_UPSTREAM_KEEP_ALIVE: keepAlive }
  const { head, send, upstream } = await startRawStack(t, answerHeadsWith(answer), { env })
  for (const method of ['GET', 'POST', 'GET', 'DELETE']) {
    const { responses } = await send(head(`${method} /x`))
    t.equal(responses[0]?.status, 200)
  }
  return upstream.connections
}

t.test('one connection serves all by default, and with a duration (FLD-15)', async (t) => {
  t.equal(await countConnections(t, 'auto'), 1)
  t.equal(await countConnections(t, '30s'), 1)
})

t.test('upstream.keepAlive: none opens a connection for every request (FLD-15)', async (t) => {
  t.equal(await countConnections(t, 'none'), 4)
})
