/** Connections of a tunnel that break: the other side ends too, and nothing is left behind. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startRawUpstream } from '../helpers/upstream.ts'
import { answerUpgradeWith, handshakeBytes, openRaw, readUntil } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const switching = 'HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: '

async function startTunnel(t: Test) {
  const far = Promise.withResolvers<Socket>()
  const upstream = await startRawUpstream(t, (socket) => {
    answerUpgradeWith(socket, (accept) => `${switching}${accept}\r\n\r\n\x81\x05hello`)
    far.resolve(socket.on('error', () => undefined))
  })
  const gate = await startTestGate(t, { issuer, upstream: upstream.url })
  const authorization = `Authorization: Bearer ${issuer.mintAccessToken()}`
  const caller = await openRaw(t, gate.port, handshakeBytes('/', authorization))
  await readUntil(caller, 'hello')
  return { upstream, gate, caller, far: await far.promise }
}

async function expectNothingLeft(t: Test, gate: Awaited<ReturnType<typeof startTestGate>>): Promise<void> {
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { status: 101, outcome: 'allow', reason: 'allowed' })
  const metrics = await (await fetch(`${gate.opsUrl}/metrics`)).text()
  t.match(metrics, /^cogate_websockets 0$/m)
  t.match(metrics, /^cogate_requests_in_flight 0$/m)
}

for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
  t.test(`a caller that leaves by ${leave}`, async (t) => {
    const { upstream, gate, caller, far } = await startTunnel(t)
    const closed = once(far, 'close')
    far.once('end', () => far.end())
    caller[leave]()
    await closed
    await expectNothingLeft(t, gate)
    t.equal(upstream.openSockets, 0)
  })

  t.test(`an upstream that leaves by ${leave}`, async (t) => {
    const { gate, caller, far } = await startTunnel(t)
    const closed = once(caller.resume(), 'close')
    far[leave]()
    await closed
    await expectNothingLeft(t, gate)
  })
}

t.test('the last words of the upstream arrive before its end', async (t) => {
  const { caller, far } = await startTunnel(t)
  const last = 'x'.repeat(1024 * 1024)
  const received = readUntil(caller, '\x88\x02\x03\xe8')
  far.end(Buffer.from(`${last}\x88\x02\x03\xe8`, 'latin1'))
  t.equal((await received).length, last.length + 4)
})

t.test('the last words of the caller arrive before its end', async (t) => {
  const { upstream, caller, far } = await startTunnel(t)
  const before = upstream.receivedBytes(0).length
  const ended = once(far, 'end')
  caller.end(Buffer.alloc(1024 * 1024, 'y'))
  await ended
  t.equal(upstream.receivedBytes(0).length - before, 1024 * 1024)
})

t.test('a gate that closes takes both sides with it', async (t) => {
  const { gate, caller, far } = await startTunnel(t)
  const closed = [
    once(caller.resume(), 'close'),
    once(
      far.once('end', () => far.end()),
      'close',
    ),
  ]
  await gate.close()
  await Promise.all(closed)
  t.pass('both are closed')
})
