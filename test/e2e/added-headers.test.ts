/** Headers of the configuration that the service gets with every request. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { valuesOf } from '../../src/headers/lines.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startStack } from '../helpers/stack.ts'

const routes = [{ path: '/open/*', auth: 'none' }]

async function startAdded(t: Test) {
  const dir = t.testdir({ basic: 'Basic dXNlcjpwYXNz\n' })
  const env = {
    COGATE_UPSTREAM_HEADERS: '{ X-Environment: blue, X-List: [a, b] }',
    COGATE_UPSTREAM_HEADER_FILES: `{ Authorization: ${join(dir, 'basic')} }`,
  }
  return startStack(t, { env, routes })
}

t.test('the service gets them with every request, and the token in none', async (t) => {
  const { gate, upstream, head, send } = await startAdded(t)
  const lines = ['authorization: Basic bWFsbG9yeTp4', 'X_Environment: red', 'x-environment: red', 'X-LIST: c']
  await send(head('GET /', ...lines.slice(1)))
  const bytes = `GET /open/x HTTP/1.1\r\nHost: a\r\n${lines.join('\r\n')}\r\n\r\n`
  await sendRaw({ port: gate.port, bytes })
  t.equal(upstream.requests.length, 2)
  for (const { rawHeaders } of upstream.requests) {
    t.same(valuesOf(rawHeaders, 'authorization'), ['Basic dXNlcjpwYXNz'])
    t.same(valuesOf(rawHeaders, 'x-environment'), ['blue'])
    t.same(valuesOf(rawHeaders, 'x_environment'), [])
    t.same(valuesOf(rawHeaders, 'x-list'), ['a', 'b'])
  }
  t.same(valuesOf(upstream.requests[0]?.rawHeaders ?? [], 'x-forwarded-user'), ['alice'], 'beside the identity headers')
})

t.test('a caller cannot take them away with Connection', async (t) => {
  const { upstream, head, send } = await startAdded(t)
  await send(head('GET /', 'Connection: close, X-Environment, Authorization'))
  t.match(upstream.requests[0]?.headers, { 'x-environment': 'blue', authorization: 'Basic dXNlcjpwYXNz' })
})
