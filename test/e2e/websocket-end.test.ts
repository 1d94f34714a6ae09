/** When a tunnel ends: with its token, with the gate, with silence. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { UserTokenOptions } from '../../src/issuer/tokens.ts'
import { createClock } from '../helpers/clock.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { untilRefused } from '../helpers/listen.ts'
import { createTally } from '../helpers/tally.ts'
import { startRawUpstream } from '../helpers/upstream.ts'
import {
  answerUpgradeWith,
  handshakeBytes,
  openCaller,
  openRaw,
  readUntil,
  startSocketUpstream,
} from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)

interface Options {
  readonly token?: UserTokenOptions
  readonly now?: () => number
  readonly env?: Readonly<Record<string, string | undefined>>
}

async function startSocketStack(t: Test, { token, ...options }: Options = {}) {
  const upstream = await startSocketUpstream(t)
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, ...options })
  const authorization = `Bearer ${issuer.mintAccessToken(token)}`
  return { upstream, gate, authorization, open: () => openCaller(t, gate.url, { headers: { authorization } }) }
}

/** A token, and a clock that stands still with one second of the token left, however long the test takes to use it. */
function mintAlmostExpired() {
  const expiresInSeconds = 600
  const almostExpiredAt = (Math.floor(Date.now() / 1000) + expiresInSeconds - 1) * 1000
  return { token: issuer.mintAccessToken({ expiresInSeconds }), now: () => almostExpiredAt }
}

t.test('closes with 1008 on both sides when the token expires', async (t) => {
  const clock = createClock()
  // Ten minutes of the token are left 100 ms of by the time it is used.
  const expiresInSeconds = 600
  const startedAt = Date.now()
  const { upstream, open } = await startSocketStack(t, { token: { expiresInSeconds }, now: clock.now })
  const expiresAtMs = (Math.floor(startedAt / 1000) + expiresInSeconds) * 1000
  clock.set(expiresAtMs - 100)
  const { closed } = await open()
  await upstream.opened(1)
  const [far] = upstream.sockets
  if (far === undefined) throw new Error('no upstream socket')
  const farClosed = once(far, 'close')
  t.strictSame(await closed, { code: 1008, reason: 'token_expired' })
  const [code] = await farClosed
  t.equal(code, 1008)
})

t.test('passes nothing on after the expiry, though the caller does not answer the close', async (t) => {
  const messages: string[] = []
  const seen = createTally()
  const upstream = await startSocketUpstream(t, (socket) => {
    socket.on('message', (data) => {
      messages.push(String(data))
      seen.add()
    })
  })
  const { token, now } = mintAlmostExpired()
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, now })
  const caller = await openRaw(t, gate.port, handshakeBytes('/', `Authorization: Bearer ${token}`))
  const frame = (text: string) =>
    Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
  await readUntil(caller, '\r\n\r\n')
  const expired = readUntil(caller, '\x88\x0f\x03\xf0token_expired')
  caller.write(frame('before'))
  await seen.reached(1)
  await expired
  caller.write(frame('after'))
  caller.write(frame('after'))
  // A second tunnel shows that the gate has read what came before it.
  const other = await openCaller(t, gate.url, { headers: { authorization: `Bearer ${issuer.mintAccessToken()}` } })
  other.socket.send('other')
  await seen.reached(2)
  t.strictSame(messages, ['before', 'other'])
})

const switching = 'HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: '

/** A tunnel whose token is about to expire, to an upstream that has said `first` and is told of the expiry. */
async function openToExpire(t: Test, first: string) {
  const far = Promise.withResolvers<Socket>()
  const upstream = await startRawUpstream(t, (socket) => {
    answerUpgradeWith(socket, (accept) => `${switching}${accept}\r\n\r\n${first}`)
    far.resolve(socket)
  })
  const { token, now } = mintAlmostExpired()
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, now })
  const caller = await openRaw(t, gate.port, handshakeBytes('/', `Authorization: Bearer ${token}`))
  await readUntil(caller, first)
  return { upstream, caller, far: await far.promise }
}

t.test('an expiry within a message of the upstream waits for the end of its frame, and passes no other', async (t) => {
  const { caller, far } = await openToExpire(t, '\x01\x05he')
  // Told first, because nothing of the caller is passed on any more.
  await once(far, 'end')
  far.write(Buffer.from('llo\x80\x04more', 'latin1'))
  const received = await readUntil(caller, 'token_expired')
  t.equal(received, 'llo\x88\x0f\x03\xf0token_expired')
})

t.test('an expiry within a message of the caller ends the connection upstream without a close frame', async (t) => {
  const { upstream, caller, far } = await openToExpire(t, '\x81\x01x')
  caller.write(Buffer.from('\x81\x85\0\0\0\0he', 'latin1'))
  const ended = once(far, 'end')
  t.equal(await readUntil(caller, 'token_expired'), '\x88\x0f\x03\xf0token_expired')
  caller.write('llo')
  await ended
  t.match(upstream.receivedBytes(0).toString('latin1'), /\r\n\r\n\x81\x85\0{4}he$/)
})

t.test('FLT-059 closes with 1001 when the gate drains, and the drain ends with the tunnels', async (t) => {
  const { gate, open, upstream } = await startSocketStack(t)
  const callers = [await open(), await open()]
  await upstream.opened(2)
  await gate.drain()
  for (const { closed } of callers) t.hasStrict(await closed, { code: 1001 })
  t.hasStrict(await gate.logged(({ msg }) => msg === 'drained'), { unfinished: 0 })
})

t.test('closes with 1001 what opens while the gate drains', async (t) => {
  const late = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const { gate, authorization, upstream } = await startSocketStack(t)
  const [accept] = upstream.server.listeners('upgrade') as ((...args: unknown[]) => void)[]
  upstream.server.removeAllListeners('upgrade').on('upgrade', (...args) => {
    reached.resolve()
    void late.promise.then(() => accept?.(...args))
  })
  const opening = openCaller(t, gate.url, { headers: { authorization } })
  await reached.promise
  const drained = gate.drain()
  await untilRefused(gate.port)
  late.resolve()
  t.hasStrict(await (await opening).closed, { code: 1001 })
  await drained
})

t.test('closes with 1001 after upstream.idleTimeout without a byte', async (t) => {
  const { open } = await startSocketStack(t, { env: { COGATE_UPSTREAM_IDLE_TIMEOUT: '200ms' } })
  const { closed } = await open()
  t.strictSame(await closed, { code: 1001, reason: 'idle' })
})

t.test('counts open tunnels', async (t) => {
  const { gate, open, upstream } = await startSocketStack(t)
  const gauge = async () => /^cogate_websockets (\d+)$/m.exec(await (await fetch(`${gate.opsUrl}/metrics`)).text())?.[1]
  const { socket } = await open()
  const echoed = once(socket, 'message')
  socket.send('x')
  await echoed
  t.equal(await gauge(), '1')
  const [far] = upstream.sockets
  socket.close()
  if (far) await once(far, 'close')
  await gate.logged(({ msg }) => msg === 'access')
  t.equal(await gauge(), '0')
})
