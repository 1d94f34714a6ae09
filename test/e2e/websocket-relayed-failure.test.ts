/** A relayed WebSocket whose upstream does not take it, or is lost: a close code and not a word of why, nothing left open. */
import { once } from 'node:events'
import { createServer as createTcpServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startRawUpstream } from '../helpers/upstream.ts'
import { answerUpgradeWith, openCaller } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
const switching =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: '

async function startRelay(t: Test, upstream: string, env: Readonly<Record<string, string | undefined>> = {}) {
  const gate = await startTestGate(t, { issuer, upstream, env: { COGATE_UPSTREAM_WEB_SOCKET: 'relay', ...env } })
  return { gate, open: () => openCaller(t, gate.url, { headers }) }
}

async function expectSilentClose(t: Test, upstream: string, reason: string): Promise<void> {
  const env = { COGATE_UPSTREAM_CONNECT_TIMEOUT: '300ms', COGATE_UPSTREAM_RESPONSE_TIMEOUT: '300ms' }
  const { gate, open } = await startRelay(t, upstream, env)
  for (let round = 0; round < 2; round++) {
    const { closed } = await open()
    t.strictSame(await closed, { code: 1011, reason: '' })
  }
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { status: 101, outcome: 'fail', reason })
  t.hasStrict(await gate.logged(({ msg }) => msg === 'upstream failed'), { reason })
  const metrics = await (await fetch(`${gate.opsUrl}/metrics`)).text()
  t.match(metrics, /^cogate_websockets 0$/m)
}

t.test('1011 when nobody listens', async (t) => {
  const { port, close } = await listenOnLoopback(t, createTcpServer())
  await close()
  await expectSilentClose(t, `http://127.0.0.1:${port}`, 'upstream_unreachable')
})

t.test('1011 when the name does not exist', async (t) => {
  await expectSilentClose(t, 'http://no-such-name.invalid', 'upstream_unreachable')
})

t.test('1011 when TLS fails', async (t) => {
  const { port } = await startRawUpstream(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await expectSilentClose(t, `https://127.0.0.1:${port}`, 'upstream_unreachable')
})

t.test('1011 when the TLS handshake takes too long', async (t) => {
  const { port } = await startRawUpstream(t, (socket) => socket.once('end', () => socket.end()))
  await expectSilentClose(t, `https://127.0.0.1:${port}`, 'upstream_timeout')
})

for (const [what, answer, reason = 'upstream_invalid_response'] of [
  ['closes the connection', () => '', 'upstream_reset'],
  ['speaks garbage', () => 'SSH-2.0-OpenSSH_9.2p1 at 10.0.0.7\r\n'],
  ['refuses with 403', () => 'HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsecret'],
  ['redirects', () => 'HTTP/1.1 302 Found\r\nLocation: http://10.0.0.7/\r\nContent-Length: 0\r\n\r\n'],
  ['accepts another key', () => `${switching}x\r\n\r\n`],
  ['grants an extension nobody asked for', (accept) => `${switching}${accept}\r\nSec-WebSocket-Extensions: x\r\n\r\n`],
] satisfies [string, (accept: string) => string, string?][]) {
  t.test(`1011 when the upstream ${what}, and its connection ends`, async (t) => {
    const ended: Promise<unknown>[] = []
    const upstream = await startRawUpstream(t, (socket) => {
      ended.push(once(socket, 'close'))
      answerUpgradeWith(socket, answer)
      socket.once('end', () => socket.end())
    })
    await expectSilentClose(t, upstream.url, reason)
    await Promise.all(ended)
    t.equal(upstream.openSockets, 0)
  })
}

t.test('1011 when the upstream does not answer the handshake in time, however slowly it speaks', async (t) => {
  const upstream = await startRawUpstream(t, (socket) => {
    const drip = setInterval(() => socket.write('H'), 50)
    socket.on('error', () => undefined).once('close', () => clearInterval(drip))
    socket.write('HTTP/1.1 101 S\r\nX-Slow: ')
    socket.once('end', () => socket.end())
  })
  await expectSilentClose(t, upstream.url, 'upstream_timeout')
})

for (const leave of ['terminate', 'close'] as const) {
  t.test(`a caller who leaves (${leave}) while the upstream is asked leaves no connection there`, async (t) => {
    const asked = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    const upstream = await startRawUpstream(t, (socket) => {
      socket.once('data', () => asked.resolve()).once('end', () => socket.end())
      socket.once('close', () => closed.resolve())
    })
    // Without the caller's leaving it would last longer than the test.
    const { gate, open } = await startRelay(t, upstream.url, { COGATE_UPSTREAM_RESPONSE_TIMEOUT: '5m' })
    const { socket } = await open()
    await asked.promise
    socket[leave]()
    await closed.promise
    t.equal(upstream.openSockets, 0)
    t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { status: 101, outcome: 'allow' })
    t.notOk(gate.lines.some(({ msg }) => msg === 'upstream failed'))
  })
}

/** A relayed WebSocket whose upstream is a bare socket. */
async function openBefore(t: Test) {
  const far = Promise.withResolvers<Socket>()
  const upstream = await startRawUpstream(t, (socket) => {
    answerUpgradeWith(socket, (accept) => `${switching}${accept}\r\n\r\n\x81\x05hello`)
    far.resolve(socket.on('error', () => undefined).once('end', () => socket.end()))
  })
  const { open } = await startRelay(t, upstream.url)
  const { next, closed } = await open()
  t.equal((await next()).toString(), 'hello')
  return { far: await far.promise, closed }
}

t.test('an upstream that speaks no WebSocket any more is cut, and is 1011 to the caller', async (t) => {
  const { far, closed } = await openBefore(t)
  const farClosed = once(far, 'close')
  far.write(Buffer.from([0xff, 0xff, 0xff, 0xff]))
  t.strictSame(await closed, { code: 1011, reason: '' })
  await farClosed
})

for (const leave of ['end', 'resetAndDestroy'] as const) {
  t.test(`an upstream that leaves by ${leave} without a close frame is 1011 to the caller`, async (t) => {
    const { far, closed } = await openBefore(t)
    far[leave]()
    t.strictSame(await closed, { code: 1011, reason: '' })
  })
}
