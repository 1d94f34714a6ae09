/** An upstream that does not take the WebSocket: the caller gets an HTTP answer, nothing is left open, the process stays. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startRawUpstream } from '../helpers/upstream.ts'
import { answerUpgradeWith, handshakeBytes, openRaw, readUntil } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const authorization = `Bearer ${issuer.mintAccessToken()}`
const env = { COGATE_UPSTREAM_CONNECT_TIMEOUT: '300ms', COGATE_UPSTREAM_RESPONSE_TIMEOUT: '300ms' }
const bytes = handshakeBytes('/', `Authorization: ${authorization}`)

async function expectFailure(t: Test, upstream: string, code: string): Promise<void> {
  const gate = await startTestGate(t, { issuer, upstream, env })
  const status = code === 'upstream_timeout' ? 504 : 502
  for (let round = 0; round < 2; round++) {
    const { responses, closed } = await sendRaw({ port: gate.port, bytes })
    t.hasStrict(responses, [{ status, headers: { connection: ['close'] } }])
    t.match(JSON.parse(responses[0]?.body.toString() ?? ''), { code })
    t.ok(closed)
  }
  const line = await gate.logged(({ msg }) => msg === 'access')
  t.hasStrict(line, { status, outcome: 'fail', reason: code })
  const metrics = await (await fetch(`${gate.opsUrl}/metrics`)).text()
  t.match(metrics, /^cogate_websockets 0$/m)
  t.match(metrics, /^cogate_requests_in_flight 0$/m)
}

t.test('502 when nobody listens', async (t) => {
  const { port, close } = await listenOnLoopback(t, createServer())
  await close()
  await expectFailure(t, `http://127.0.0.1:${port}`, 'upstream_unreachable')
})

t.test('502 when the name does not exist', async (t) => {
  await expectFailure(t, 'http://no-such-name.invalid', 'upstream_unreachable')
})

t.test('502 when TLS fails', async (t) => {
  const { port } = await startRawUpstream(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await expectFailure(t, `https://127.0.0.1:${port}`, 'upstream_unreachable')
})

t.test('504 when the TLS handshake takes too long', async (t) => {
  const { port } = await startRawUpstream(t, (socket) => socket.once('end', () => socket.end()))
  await expectFailure(t, `https://127.0.0.1:${port}`, 'upstream_timeout')
})

t.test('504 when the upstream does not answer in time', async (t) => {
  const upstream = await startRawUpstream(t, (socket) => socket.once('end', () => socket.end()))
  await expectFailure(t, upstream.url, 'upstream_timeout')
})

const switching = 'HTTP/1.1 101 Switching Protocols\r\n'
const asked = 'Upgrade: websocket\r\nConnection: Upgrade\r\n'
for (const [what, answer, code = 'upstream_invalid_response'] of [
  ['closes the connection', () => '', 'upstream_reset'],
  ['speaks garbage', () => 'SSH-2.0-OpenSSH_9.2p1 at 10.0.0.7\r\n'],
  ['accepts another key', () => `${switching}${asked}Sec-WebSocket-Accept: x\r\n\r\n`],
  ['accepts no key', () => `${switching}${asked}\r\n`],
  ['accepts twice', (accept) => `${switching}${asked}${accept}${accept}\r\n`],
  ['switches to another protocol', (accept) => `${switching}Upgrade: h2c\r\nConnection: Upgrade\r\n${accept}\r\n`],
  ['switches without saying to what', (accept) => `${switching}Connection: Upgrade\r\n${accept}\r\n`],
  ['does not name the upgrade', (accept) => `${switching}Upgrade: websocket\r\n${accept}\r\n`],
  ['chooses a subprotocol nobody offered', (a) => `${switching}${asked}${a}Sec-WebSocket-Protocol: mqtt\r\n\r\n`],
  ['grants an extension nobody asked for', (a) => `${switching}${asked}${a}Sec-WebSocket-Extensions: x; y=1\r\n\r\n`],
] satisfies [string, (accept: string) => string, string?][]) {
  t.test(`502 when the upstream ${what}, and its connection ends`, async (t) => {
    const ended: Promise<unknown>[] = []
    const upstream = await startRawUpstream(t, (socket) => {
      ended.push(once(socket, 'close'))
      answerUpgradeWith(socket, (accept) => answer(`Sec-WebSocket-Accept: ${accept}\r\n`))
      socket.once('end', () => socket.end())
    })
    await expectFailure(t, upstream.url, code)
    await Promise.all(ended)
    t.equal(upstream.openSockets, 0)
  })
}

for (const leave of ['end', 'resetAndDestroy'] as const) {
  t.test(`a caller who leaves (${leave}) while the handshake upstream is pending leaves nothing`, async (t) => {
    const asked = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    const upstream = await startRawUpstream(t, (socket) => {
      socket.once('data', () => asked.resolve()).once('end', () => socket.end())
      socket.once('close', () => closed.resolve()).on('error', () => undefined)
    })
    const gate = await startTestGate(t, { issuer, upstream: upstream.url })
    const caller = await openRaw(t, gate.port, bytes)
    await asked.promise
    caller[leave]()
    await closed.promise
    t.equal(upstream.openSockets, 0)
    t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { status: 499, aborted: true, outcome: 'allow' })
  })
}

t.test('what is no WebSocket passes as it is, and both sides end with one', async (t) => {
  const closed = Promise.withResolvers<void>()
  const upstream = await startRawUpstream(t, (socket) => {
    answerUpgradeWith(socket, (accept) => `${switching}${asked}Sec-WebSocket-Accept: ${accept}\r\n\r\n\xff\xff\xff\xff`)
    socket.once('end', () => socket.end()).once('close', () => closed.resolve())
  })
  const gate = await startTestGate(t, { issuer, upstream: upstream.url })
  const caller = await openRaw(t, gate.port, bytes)
  const received = await readUntil(caller, '\r\n\r\n\xff\xff\xff\xff')
  t.match(received, /^HTTP\/1\.1 101 /)
  caller.end()
  await Promise.all([closed.promise, once(caller, 'close')])
  t.equal(upstream.openSockets, 0)
})
