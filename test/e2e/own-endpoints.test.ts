/** Paths below `endpoints.prefix` are the gate's own: nothing that a caller sends there reaches the service. */
import t from 'tap'
import { startStack } from '../helpers/stack.ts'

const targets = [
  '/_cogate/',
  '/_cogate/nothing',
  '/_cogate/a/b?c=d',
  '/_cogate',
  '/_COGATE/nothing',
  '/%5Fcogate/nothing',
]

t.test('what is below the prefix is answered by the gate, in every spelling', async (t) => {
  const { send, head, upstream, gate } = await startStack(t)
  for (const target of targets) {
    const { responses } = await send(head(`GET ${target}`))
    t.hasStrict(
      responses,
      [{ status: 404, headers: { 'content-type': ['application/problem+json'], connection: ['keep-alive'] } }],
      target,
    )
    t.match(JSON.parse(responses[0]?.body.toString() ?? ''), { code: 'endpoint_not_found' })
    const line = await gate.logged(({ path, msg }) => msg === 'access' && path === target.split('?')[0])
    t.match(line, { outcome: 'deny', reason: 'endpoint_not_found', status: 404, method: 'GET' })
  }
  t.same(upstream.requests, [])
})

t.test('every method and every body gets the same answer, and the connection goes on', async (t) => {
  const { send, head, upstream } = await startStack(t)
  const length = (type: string) => ['Content-Length: 5', `Content-Type: ${type}`]
  for (const [line, fields] of [
    ['POST /_cogate/x', length('application/json')],
    ['POST /_cogate/x', length('nonsense')],
    ['PUT /_cogate/x', length('text/plain')],
    ['DELETE /_cogate/x', length('application/json')],
    ['OPTIONS /_cogate/x', []],
    ['PROPFIND /_cogate/x', length('text/xml')],
  ] as const) {
    const bytes = `${head(line, ...fields)}${fields.length > 0 ? 'hello' : ''}`
    const { responses } = await send(bytes + head('GET /after'), { expectResponses: 2, methods: ['POST', 'GET'] })
    t.same(
      responses.map(({ status }) => status),
      [404, 200],
      line,
    )
  }
  t.ok(upstream.requests.every(({ url }) => url === '/after'))
})

t.test('no token is asked for below the prefix, and a malformed request is still refused as one', async (t) => {
  const { send, upstream } = await startStack(t)
  const statusOf = async (bytes: string) => (await send(bytes)).responses[0]?.status
  t.equal(await statusOf('GET /_cogate/x HTTP/1.1\r\nHost: a\r\n\r\n'), 404)
  t.equal(await statusOf('GET /_cogate/x HTTP/1.1\r\n\r\n'), 400)
  t.equal(await statusOf('GET /_cogate/../x HTTP/1.1\r\nHost: a\r\n\r\n'), 404)
  t.equal(await statusOf('GET /_cogate/%zz HTTP/1.1\r\nHost: a\r\n\r\n'), 400)
  t.equal(await statusOf('GET /_cogate-x HTTP/1.1\r\nHost: a\r\n\r\n'), 401)
  t.same(upstream.requests, [])
})

t.test('an upgrade below the prefix ends with the same answer', async (t) => {
  const { send, head } = await startStack(t)
  const fields = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  const { responses, closed } = await send(
    head('GET /_cogate/x', ...fields, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='),
  )
  t.same([responses[0]?.status, closed], [404, true])
})

t.test('the prefix is a key: another one leaves the default path to the service', async (t) => {
  const { send, head, upstream } = await startStack(t, { env: { COGATE_ENDPOINTS_PREFIX: '/auth/gate' } })
  t.equal((await send(head('GET /_cogate/x'))).responses[0]?.status, 200)
  t.equal((await send(head('GET /auth/gate/x'))).responses[0]?.status, 404)
  t.same(
    upstream.requests.map(({ url }) => url),
    ['/_cogate/x'],
  )
})
