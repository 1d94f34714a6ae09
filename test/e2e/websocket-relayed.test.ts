/** `upstream.webSocket: relay`: the gate speaks WebSocket with both sides, and passes on nothing but messages. */
import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { UserTokenOptions } from '../../src/issuer/tokens.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { untilRefused } from '../helpers/listen.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import {
  handshakeBytes,
  openCaller,
  openRaw,
  readUntil,
  type SocketUpstream,
  startSocketUpstream,
} from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)

interface Options {
  readonly token?: UserTokenOptions
  readonly now?: () => number
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly upstream?: SocketUpstream
}

async function startRelayStack(t: Test, { token, env, now, upstream: given }: Options = {}) {
  const upstream = given ?? (await startSocketUpstream(t))
  const gate = await startTestGate(t, {
    issuer,
    upstream: upstream.url,
    ...(now && { now }),
    env: { COGATE_UPSTREAM_WEB_SOCKET: 'relay', ...env },
  })
  const authorization = `Bearer ${issuer.mintAccessToken({ groups: ['staff'], ...token })}`
  const open = (path = '/', headers: Record<string, string> = {}, protocols: string[] = []) =>
    openCaller(t, gate.url + path, { headers: { authorization, ...headers } }, protocols)
  const openBytes = (...fields: string[]) =>
    openRaw(t, gate.port, handshakeBytes('/', `Authorization: ${authorization}`, ...fields))
  return { upstream, gate, authorization, open, openBytes }
}

async function farSide({ opened, sockets }: SocketUpstream) {
  await opened(1)
  const [far] = sockets
  if (far === undefined) throw new Error('no upstream socket')
  return far
}

/** A masked frame with a mask of zeros. */
function frame(first: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([first, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
}

for (const field of ['Sec-WebSocket-Protocol:', 'Sec-WebSocket-Protocol: \t']) {
  t.test(`an empty list of subprotocols (${JSON.stringify(field)}) offers none and is accepted (FLD-28)`, async (t) => {
    const { upstream, openBytes } = await startRelayStack(t)
    const answer = await readUntil(await openBytes(field), '\r\n\r\n')
    t.match(answer, /^HTTP\/1\.1 101 /)
    t.notMatch(answer, /sec-websocket-protocol/i)
    await upstream.opened(1)
    t.equal(upstream.handshakes[0]?.headers['sec-websocket-protocol'], undefined)
  })
}

t.test('the subprotocol the caller prefers is offered upstream and confirmed; compression is not agreed', async (t) => {
  const { upstream, open } = await startRelayStack(t)
  const { socket } = await open('/', {}, ['chat', 'superchat'])
  await upstream.opened(1)
  t.equal(socket.protocol, 'chat')
  t.equal(socket.extensions, '')
  t.hasStrict(upstream.handshakes[0]?.headers, {
    'sec-websocket-protocol': 'chat',
    'sec-websocket-extensions': undefined,
  })
})

t.test('a Host that is the name of another relay opens a WebSocket of its own', async (t) => {
  const { upstream, open } = await startRelayStack(t)
  const callers = [await open()]
  await upstream.opened(1)
  callers.push(await open('/', { host: '1.relay.invalid' }))
  await upstream.opened(2)
  t.equal(upstream.handshakes[1]?.headers.host, '1.relay.invalid')
  for (const [index, far] of upstream.sockets.entries()) far.send(`to ${index}`)
  for (const [index, { next }] of callers.entries()) t.equal((await next()).toString(), `to ${index}`)
})

t.test('400 for subprotocols that are no names or named twice, and nothing upstream', async (t) => {
  const { upstream, gate, authorization } = await startRelayStack(t)
  for (const protocols of ['a, a', 'a b']) {
    const bytes = handshakeBytes('/', `Authorization: ${authorization}`, `Sec-WebSocket-Protocol: ${protocols}`)
    const { responses, closed } = await sendRaw({ port: gate.port, bytes })
    t.hasStrict(responses, [{ status: 400, headers: { connection: ['close'] } }])
    t.match(JSON.parse(responses[0]?.body.toString() ?? ''), { code: 'request_malformed' })
    t.ok(closed)
  }
  t.equal(upstream.handshakes.length, 0)
})

for (const [what, code, bytes] of [
  ['is not masked', 1002, Buffer.from('\x81\x05hello', 'latin1')],
  ['has reserved bits', 1002, frame(0xf1, 'hello')],
  ['has an unknown opcode', 1002, frame(0x83, 'hello')],
  ['is no WebSocket at all', 1002, Buffer.from('GET /admin HTTP/1.1\r\nHost: a\r\n\r\n')],
  ['is text, but no UTF-8', 1007, Buffer.from('\x81\x81\0\0\0\0\xff', 'latin1')],
] as const) {
  t.test(`a frame of the caller that ${what} is ${code}, and no byte of it reaches the upstream`, async (t) => {
    const { upstream, openBytes } = await startRelayStack(t)
    const caller = await openBytes()
    const far = await farSide(upstream)
    const messages: string[] = []
    far.on('message', (data) => messages.push(String(data)))
    const farClosed = once(far, 'close')
    caller.write(frame(0x81, 'good'))
    await readUntil(caller, 'good')
    const answer = readUntil(caller, `\x88\x02\x03${String.fromCharCode(code - 768)}`)
    caller.write(bytes)
    await answer
    caller.end()
    await farClosed
    t.strictSame(messages, ['good'])
  })
}

t.test('a message over 16 MiB is 1009 to whoever sends it, and is not passed on', async (t) => {
  const { upstream, open } = await startRelayStack(t)
  const { socket, closed } = await open()
  const far = await farSide(upstream)
  const farClosed = once(far, 'close')
  const sizes: number[] = []
  far.on('message', (data: Buffer) => sizes.push(data.length))
  socket.send(Buffer.alloc(16 * 1024 * 1024 + 1), () => undefined)
  t.hasStrict(await closed, { code: 1009 })
  await farClosed
  t.strictSame(sizes, [])
})

t.test('closes with 1008 on both sides when the token expires, and passes nothing on after it', async (t) => {
  const messages: string[] = []
  const upstream = await startSocketUpstream(t, (socket) => {
    socket.on('message', (data) => messages.push(String(data)))
  })
  const expiresInSeconds = 600
  // Half a second of it is left, whenever it is used.
  const almostExpiredAt = (Math.floor(Date.now() / 1000) + expiresInSeconds) * 1000 - 500
  const now = () => almostExpiredAt
  const { openBytes } = await startRelayStack(t, { upstream, token: { expiresInSeconds }, now })
  const caller = await openBytes()
  const far = await farSide(upstream)
  const farClosed = once(far, 'close')
  const first = once(far, 'message')
  caller.write(frame(0x81, 'before'))
  await first
  await readUntil(caller, '\x88\x0f\x03\xf0token_expired')
  caller.write(frame(0x81, 'after'))
  const [code, reason] = await farClosed
  t.strictSame([code, String(reason)], [1008, 'token_expired'])
  caller.end(frame(0x88, '\x03\xf0'))
  await once(caller, 'close')
  t.strictSame(messages, ['before'])
})

t.test('closes with 1001 on both sides when the gate drains, and the drain ends with them', async (t) => {
  const { gate, open, upstream } = await startRelayStack(t)
  const { closed } = await open()
  const farClosed = once(await farSide(upstream), 'close')
  await gate.drain()
  t.hasStrict(await closed, { code: 1001 })
  t.equal((await farClosed)[0], 1001)
  t.hasStrict(await gate.logged(({ msg }) => msg === 'drained'), { unfinished: 0 })
})

t.test('closes with 1001 what opens while the gate drains', async (t) => {
  const asked = Promise.withResolvers<() => void>()
  const { gate, open, upstream } = await startRelayStack(t)
  const [accept] = upstream.server.listeners('upgrade') as ((...args: unknown[]) => void)[]
  upstream.server.removeAllListeners('upgrade').on('upgrade', (...args) => asked.resolve(() => accept?.(...args)))
  const { closed } = await open()
  const answer = await asked.promise
  const drained = gate.drain()
  await untilRefused(gate.port)
  answer()
  t.hasStrict(await closed, { code: 1001 })
  await drained
})

t.test('closes with 1001 after upstream.idleTimeout without a byte of the caller or for it', async (t) => {
  const { open } = await startRelayStack(t, { env: { COGATE_UPSTREAM_IDLE_TIMEOUT: '200ms' } })
  const { closed } = await open()
  t.strictSame(await closed, { code: 1001, reason: 'idle' })
})

t.test('a caller whose connection is lost is 1001 upstream; counted once, recorded once', async (t) => {
  const { gate, openBytes, upstream } = await startRelayStack(t)
  const metrics = async () => (await fetch(`${gate.opsUrl}/metrics`)).text()
  const caller = await openBytes()
  const far = await farSide(upstream)
  far.send('hello')
  await readUntil(caller, 'hello')
  t.match(await metrics(), /^cogate_websockets 1$/m)
  t.match(await metrics(), /^cogate_requests_in_flight 1$/m)
  const farClosed = once(far, 'close')
  caller.resetAndDestroy()
  t.equal((await farClosed)[0], 1001)
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { status: 101, outcome: 'allow', reason: 'allowed' })
  t.match(await metrics(), /^cogate_websockets 0$/m)
  t.match(await metrics(), /^cogate_requests_in_flight 0$/m)
  t.equal(gate.lines.filter(({ msg }) => msg === 'access').length, 1)
})

t.test('a gate that closes takes both sides with it', async (t) => {
  const { gate, openBytes, upstream } = await startRelayStack(t)
  const caller = await openBytes()
  const closed = [once(caller.resume(), 'close'), once(await farSide(upstream), 'close')]
  await gate.close()
  await Promise.all(closed)
  t.pass('both are closed')
})
