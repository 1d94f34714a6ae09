/** A WebSocket through the gate: who is calling arrives with the handshake, and every message in both directions. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { openCaller, startSocketUpstream } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)

async function startSocketStack(t: Test) {
  const upstream = await startSocketUpstream(t)
  const gate = await startTestGate(t, { issuer, upstream: upstream.url })
  const token = issuer.mintAccessToken({ groups: ['staff'] })
  const open = (path = '/', headers: Record<string, string> = {}, protocols: string[] = []) =>
    openCaller(t, gate.url + path, { headers: { authorization: `Bearer ${token}`, ...headers } }, protocols)
  return { upstream, gate, open, token }
}

t.test('the handshake upstream tells who calls, from where, and what the caller asked for', async (t) => {
  const { upstream, open, token, gate } = await startSocketStack(t)
  await open('/chat/%C3%A9?room=1&x=a%2Fb', {
    origin: 'https://app.example',
    cookie: 'a=1; b=2',
    host: 'app.example',
    'x-other': '1',
  })
  await upstream.opened(1)
  const { url, headers } = upstream.handshakes[0] ?? {}
  t.equal(url, '/chat/%C3%A9?room=1&x=a%2Fb')
  t.hasStrict(headers, {
    host: 'app.example',
    origin: 'https://app.example',
    cookie: 'a=1; b=2',
    authorization: `Bearer ${token}`,
    'x-other': '1',
    'x-forwarded-user': 'alice',
    'x-forwarded-groups': 'staff',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-port': String(gate.port),
    via: '1.1 cogate',
  })
  t.ok(headers?.['x-cognito-sub'])
  t.ok(headers?.['x-request-id'])
})

t.test('the target arrives byte for byte, whatever a URL parser would make of it', async (t) => {
  const { upstream, gate, token } = await startSocketStack(t)
  const targets = [`/a{b}|^"<>'\``, `/x?q='"<>{}|^\`%zz&&a=b=c?`, '/x?', '/a%20b/%C3%A9', '/']
  for (const [index, target] of targets.entries()) {
    const socket = connect(gate.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write(
      `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    t.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 101 /)
    await upstream.opened(index + 1)
  }
  t.strictSame(
    upstream.handshakes.map(({ url }) => url),
    targets,
  )
})

t.test('forged identity headers do not reach the upstream', async (t) => {
  const { upstream, open } = await startSocketStack(t)
  await open('/', {
    'x-forwarded-user': 'mallory',
    X_Forwarded_Groups: 'admin',
    'x-cognito-sub': 'mallory',
    'x-cognito-anything': 'mallory',
    'x-amzn-oidc-data': 'mallory',
    'x-forwarded-for': '203.0.113.9',
    connection: 'Upgrade, X-Forwarded-User, X-Cognito-Sub',
  })
  await upstream.opened(1)
  const { rawHeaders = [], headers } = upstream.handshakes[0] ?? {}
  t.notMatch(rawHeaders.join('\n'), /mallory|admin|203\.0\.113/)
  t.hasStrict(headers, { 'x-forwarded-user': 'alice', 'x-forwarded-groups': 'staff' })
})

t.test('text and binary messages pass in both directions as they are', async (t) => {
  const { open } = await startSocketStack(t)
  const { socket, next } = await open()
  const kinds: boolean[] = []
  socket.on('message', (_data, binary) => kinds.push(binary))
  const messages = ['', 'héllo 😀', randomBytes(200), randomBytes(1024 * 1024), 'x'.repeat(70_000)]
  for (const message of messages) {
    socket.send(message)
    t.ok((await next()).equals(Buffer.from(message)), `${message.length}`)
  }
  t.strictSame(kinds, [false, false, true, true, false])
})

t.test('messages sent before the upstream is open arrive in their order', async (t) => {
  const { open } = await startSocketStack(t)
  const { socket, next } = await open()
  for (let index = 0; index < 500; index++) socket.send(String(index))
  for (let index = 0; index < 500; index++) t.equal((await next()).toString(), String(index))
})

t.test('pings and pongs pass in both directions', async (t) => {
  const { upstream, open } = await startSocketStack(t)
  const { socket } = await open()
  await upstream.opened(1)
  const [far] = upstream.sockets
  if (far === undefined) throw new Error('no upstream socket')
  socket.ping('from here')
  t.equal(String((await once(far, 'ping'))[0]), 'from here')
  far.ping('from there')
  t.equal(String((await once(socket, 'ping'))[0]), 'from there')
})

t.test('close codes and reasons pass in both directions', async (t) => {
  const { upstream, open } = await startSocketStack(t)
  const first = await open()
  await upstream.opened(1)
  upstream.sockets[0]?.close(4001, 'go away')
  t.strictSame(await first.closed, { code: 4001, reason: 'go away' })
  const second = await open()
  await upstream.opened(2)
  const [far] = upstream.sockets.slice(1)
  if (far === undefined) throw new Error('no upstream socket')
  const farClosed = once(far, 'close')
  second.socket.close(1000, 'done')
  const [code, reason] = await farClosed
  t.strictSame([code, String(reason)], [1000, 'done'])
})

t.test('upgrades at the same moment keep their own headers', async (t) => {
  const { upstream, gate } = await startSocketStack(t)
  const names = Array.from({ length: 30 }, (_, index) => `user${index}`)
  await Promise.all(
    names.map((username) =>
      openCaller(t, `${gate.url}/${username}`, {
        headers: { authorization: `Bearer ${issuer.mintAccessToken({ username })}` },
      }),
    ),
  )
  await upstream.opened(names.length)
  t.strictSame(
    upstream.handshakes.map(({ url, headers }) => [url, headers['x-forwarded-user']]).sort(),
    names.map((name) => [`/${name}`, name]).sort(),
  )
})

t.test('one access line with status 101 when it is over', async (t) => {
  const { gate, open } = await startSocketStack(t)
  const { socket, closed } = await open('/chat?secret=1')
  socket.close(1000)
  await closed
  const line = await gate.logged(({ msg }) => msg === 'access')
  t.hasStrict(line, { method: 'GET', path: '/chat', outcome: 'allow', reason: 'allowed', status: 101 })
  t.notOk(line['aborted'])
  t.equal(gate.lines.filter(({ msg }) => msg === 'access').length, 1)
})
