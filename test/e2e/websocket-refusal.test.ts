/** Upgrades of anybody, of callers who leave, of those who stand in line: nothing about one ends the process. */
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startUpstream } from '../helpers/upstream.ts'
import { handshakeBytes, openCaller, openRaw, startSocketUpstream } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const handshake = (...fields: readonly string[]) => handshakeBytes('/chat', ...fields)

async function startSocketStack(t: Test, options: Partial<Parameters<typeof startTestGate>[1]> = {}) {
  const upstream = await startSocketUpstream(t)
  const upgrades: string[] = []
  upstream.server.on('upgrade', ({ url = '' }) => upgrades.push(url))
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, ...options })
  return { upstream, gate, upgrades }
}

t.test('a public route takes WebSockets of anybody, without identity', async (t) => {
  const { gate, upstream } = await startSocketStack(t, { routes: [{ path: '/chat', auth: 'none' }] })
  const { socket, next } = await openCaller(t, `${gate.url}/chat`, { headers: { 'x-forwarded-user': 'mallory' } })
  socket.send('hello')
  t.equal((await next()).toString(), 'hello')
  t.notOk(upstream.handshakes[0]?.headers['x-forwarded-user'])
})

t.test('callers who reset their connection right after the handshake, with and without a token', async (t) => {
  const { gate } = await startSocketStack(t)
  for (const field of ['X: 1', `Authorization: Bearer ${issuer.mintAccessToken()}`]) {
    for (let round = 0; round < 50; round++) {
      const caller = await openRaw(t, gate.port, handshake(field))
      caller.resetAndDestroy()
    }
  }
  const { responses } = await sendRaw({ port: gate.port, bytes: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' })
  t.equal(responses[0]?.status, 401, 'the gate answers')
})

t.test('a caller who resets its connection while its key is fetched leaves nothing behind', async (t) => {
  const own = await startTestIssuer(t)
  const oldKeys = JSON.stringify(own.keys.jwks())
  const release = Promise.withResolvers<void>()
  const keyServer = await startUpstream(t, async (_request, response) => {
    if (keyServer.requests.length === 1) return response.end(oldKeys)
    await release.promise
    return response.end(JSON.stringify(own.keys.jwks()))
  })
  const env = { COGATE_USER_POOL_JWKS_URI: `${keyServer.url}/jwks.json`, COGATE_JWKS_COOLDOWN: '1ms' }
  const { gate, upgrades } = await startSocketStack(t, { issuer: own, env })
  own.keys.rotate()
  const caller = await openRaw(t, gate.port, handshake(`Authorization: Bearer ${own.mintAccessToken()}`))
  await keyServer.received(2)
  caller.resetAndDestroy()
  // The next caller shows that the gate has seen the reset.
  await sendRaw({ port: gate.port, bytes: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' })
  release.resolve()
  const line = await gate.logged(({ path }) => path === '/chat')
  t.hasStrict(line, { outcome: 'allow', aborted: true, status: 499 })
  t.strictSame(upgrades, [])
  t.match(await (await fetch(`${gate.opsUrl}/metrics`)).text(), /^cogate_requests_in_flight 0$/m)
})

t.test('an upgrade behind a request that is being answered is answered over HTTP/1.1', async (t) => {
  const { gate, upgrades, upstream } = await startSocketStack(t, { routes: [{ path: '/*', auth: 'none' }] })
  const pipelined = `GET /first HTTP/1.1\r\nHost: a\r\n\r\n${handshake()}`
  const { responses } = await sendRaw({
    port: gate.port,
    bytes: pipelined,
    expectResponses: 2,
    methods: ['GET', 'GET'],
  })
  t.strictSame(
    responses.map(({ status }) => status),
    [200, 200],
  )
  t.strictSame(upgrades, [])
  t.strictSame(
    upstream.requests.map(({ url, headers }) => [url, headers.upgrade]),
    [
      ['/first', undefined],
      ['/chat', undefined],
    ],
  )
})
