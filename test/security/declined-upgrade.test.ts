/**
 * Upgrades that are not taken up. Node's parser stops behind such a request and forgets what else had arrived with it, so
 * the connection ends with the answer: whatever comes later could be the middle of something.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { Stack } from '../helpers/stack.ts'
import { startStack } from '../helpers/stack.ts'
import type { Upstream } from '../helpers/upstream.ts'

/** First packet: the offer and the head of a POST. Second packet: the body of that POST, which reads like a request. */
async function sendInTwo(t: Test, stack: Stack<Upstream>, first: string): Promise<string> {
  const smuggled = stack.head('GET /smuggled')
  const second = stack.head('POST /second', `Content-Length: ${smuggled.length}`)
  const caller = connect({ port: stack.gate.port, host: '127.0.0.1', noDelay: true }).on('error', () => undefined)
  t.teardown(() => caller.destroy())
  await once(caller, 'connect')
  const received = caller.toArray().catch(() => [])
  caller.write(first + second)
  await stack.gate.logged(({ msg }) => msg === 'access')
  if (!caller.destroyed) caller.write(smuggled)
  return Buffer.concat((await received) as Buffer[]).toString('latin1')
}

const upgrade = (protocol: string) => ['Connection: Upgrade', `Upgrade: ${protocol}`]
const body = 'hello'

const offers: Readonly<Record<string, (head: Stack<Upstream>['head']) => string>> = {
  'h2c on GET': (head) => head('GET /first', ...upgrade('h2c'), 'HTTP2-Settings: AAMAAABk'),
  'h2c on POST': (head) => head('POST /first', ...upgrade('h2c'), `Content-Length: ${body.length}`) + body,
  'h2c on a chunked POST': (head) =>
    `${head('POST /first', ...upgrade('h2c'), 'Transfer-Encoding: chunked')}5\r\n${body}\r\n0\r\n\r\n`,
  'h2c on HEAD': (head) => head('HEAD /first', ...upgrade('h2c')),
  'websocket on POST': (head) => head('POST /first', ...upgrade('websocket'), `Content-Length: ${body.length}`) + body,
  'websocket on POST without a body': (head) => head('POST /first', ...upgrade('websocket')),
  'an unknown protocol': (head) => head('GET /first', ...upgrade('foo')),
  'two protocols': (head) => head('GET /first', ...upgrade('h2c, websocket')),
  'a refused request': () => 'GET /first HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
  'a method of another protocol': () =>
    'PLAY /first RTSP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
}

for (const [name, write] of Object.entries(offers)) {
  t.test(`the connection ends with the answer to an upgrade that is declined: ${name} (FLD-42)`, async (t) => {
    const stack = await startStack(t, { handler: (_request, response) => response.end('answer') })
    const received = await sendInTwo(t, stack, write(stack.head))
    t.notOk(
      stack.upstream.requests.some(({ url }) => url === '/smuggled'),
      'the body of the second request is no request',
    )
    t.equal(received.match(/HTTP\/1\.1 \d/g)?.length, 1, 'one answer')
    t.match(received, /^connection: close\r$/im)
  })
}

t.test('a body that comes with a declined upgrade is forwarded whole (FLD-42)', async (t) => {
  const stack = await startStack(t)
  const fields = [...upgrade('h2c'), 'Content-Length: 5']
  const { responses, closed } = await stack.send(stack.head('POST /', ...fields) + body)
  t.same([responses[0]?.status, closed, stack.upstream.requests[0]?.body.toString()], [200, true, body])
})

t.test(
  'a declined upgrade behind a request that is being answered ends the connection in its turn (FLD-42)',
  async (t) => {
    const stack = await startStack(t, {
      handler: (request, response) => setTimeout(() => response.end(request.url), request.url === '/first' ? 50 : 0),
    })
    const { head } = stack
    const bytes = head('GET /first') + head('GET /offer', ...upgrade('websocket')) + head('GET /behind')
    const methods = ['GET', 'GET', 'GET']
    const { responses, closed } = await stack.send(bytes, { expectResponses: 3, methods })
    t.same([responses.map((response) => response.body.toString()), closed], [['/first', '/offer'], true])
  },
)
