/** An upstream that does not take the WebSocket: 1011 and not a word of why, nothing left open, the process stays. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startRawUpstream } from '../helpers/upstream.ts'
import { openCaller } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
const env = { COGATE_UPSTREAM_CONNECT_TIMEOUT: '300ms' }

async function expectSilentClose(t: Test, upstream: string): Promise<void> {
  const gate = await startTestGate(t, { issuer, upstream, env })
  for (let round = 0; round < 2; round++) {
    const { closed } = await openCaller(t, gate.url, { headers })
    t.strictSame(await closed, { code: 1011, reason: '' })
  }
  const line = await gate.logged(({ msg }) => msg === 'access')
  t.hasStrict(line, { status: 101 })
  const metrics = await (await fetch(`${gate.opsUrl}/metrics`)).text()
  t.match(metrics, /^cogate_websockets 0$/m)
}

t.test('1011 when nobody listens', async (t) => {
  const { port, close } = await listenOnLoopback(t, createServer())
  await close()
  await expectSilentClose(t, `http://127.0.0.1:${port}`)
})

t.test('1011 when the name does not exist', async (t) => {
  await expectSilentClose(t, 'http://no-such-name.invalid')
})

t.test('1011 when TLS fails', async (t) => {
  const { port } = await startRawUpstream(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await expectSilentClose(t, `https://127.0.0.1:${port}`)
})

for (const [what, answer] of Object.entries({
  'closes the connection': '',
  'speaks garbage': 'SSH-2.0-OpenSSH_9.2p1 at 10.0.0.7\r\n',
  'refuses with 403': 'HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsecret',
  redirects: 'HTTP/1.1 302 Found\r\nLocation: http://10.0.0.7/\r\nContent-Length: 0\r\n\r\n',
  'answers with a wrong key':
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
})) {
  t.test(`1011 when the upstream ${what}, and its connection ends`, async (t) => {
    const ended: Promise<unknown>[] = []
    const upstream = await startRawUpstream(t, (socket) => {
      ended.push(once(socket, 'close'))
      socket.once('data', () => (answer === '' ? socket.end() : socket.write(answer)))
      socket.once('end', () => socket.end())
    })
    await expectSilentClose(t, upstream.url)
    await Promise.all(ended)
    t.equal(upstream.openSockets, 0)
  })
}

t.test('1011 when the upstream does not answer the handshake in time', async (t) => {
  const upstream = await startRawUpstream(t, (socket) => socket.once('end', () => socket.end()))
  await expectSilentClose(t, upstream.url)
})

for (const leave of ['terminate', 'close'] as const) {
  t.test(
    `a caller who leaves (${leave}) while the handshake upstream is pending leaves no connection there`,
    async (t) => {
      const asked = Promise.withResolvers<void>()
      const closed = Promise.withResolvers<void>()
      const upstream = await startRawUpstream(t, (socket) => {
        socket.once('data', () => asked.resolve()).once('end', () => socket.end())
        socket.once('close', () => closed.resolve())
      })
      // Without the caller's leaving it would last longer than the test.
      const slow = { COGATE_UPSTREAM_CONNECT_TIMEOUT: '5m' }
      const gate = await startTestGate(t, { issuer, upstream: upstream.url, env: slow })
      const { socket } = await openCaller(t, gate.url, { headers })
      await asked.promise
      socket[leave]()
      await closed.promise
      t.equal(upstream.openSockets, 0)
    },
  )
}

t.test('closes both sides when one speaks no WebSocket any more', async (t) => {
  const accept =
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: '
  const upstream = await startRawUpstream(t, (socket) => {
    socket.once('data', (head: Buffer) => {
      const key = /Sec-WebSocket-Key: (.*)\r\n/i.exec(head.toString())?.[1] ?? ''
      const hash = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      socket.write(`${accept}${hash}\r\n\r\n`)
      socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]))
    })
    socket.once('end', () => socket.end())
  })
  const gate = await startTestGate(t, { issuer, upstream: upstream.url })
  const { closed } = await openCaller(t, gate.url, { headers })
  const { code, reason } = await closed
  t.ok(code >= 1002 && code < 5000, String(code))
  t.notMatch(reason, /127\.0\.0\.1|:\d{4,5}| at /)
})
