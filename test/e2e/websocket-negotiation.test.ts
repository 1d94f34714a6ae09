/** What a WebSocket becomes is agreed between its two ends: subprotocol, extensions, or a refusal; they ping each other. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startRawUpstream, startUpstream } from '../helpers/upstream.ts'
import {
  answerUpgradeWith,
  handshakeBytes,
  openCaller,
  openRaw,
  readUntil,
  startSocketUpstream,
} from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
const authorization = `Authorization: ${headers.authorization}`

async function startChoosy(t: Test, options: ConstructorParameters<typeof WebSocketServer>[0]) {
  const upstream = await startUpstream(t)
  const server = new WebSocketServer({ ...options, server: upstream.server })
  const requests: Readonly<Record<string, unknown>>[] = []
  server.on('connection', (socket, request) => {
    requests.push(request.headers)
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  t.teardown(() => {
    for (const client of server.clients) client.terminate()
  })
  return { requests, gate: await startTestGate(t, { issuer, upstream: upstream.url }) }
}

t.test('the upstream chooses among all subprotocols of the caller, in its order', async (t) => {
  const { requests, gate } = await startChoosy(t, { handleProtocols: () => 'superchat' })
  const { socket } = await openCaller(t, gate.url, { headers }, ['chat', 'superchat'])
  t.equal(socket.protocol, 'superchat')
  t.equal(requests[0]?.['sec-websocket-protocol'], 'chat,superchat')
})

t.test('no subprotocol is chosen when the upstream chooses none', async (t) => {
  const { gate } = await startChoosy(t, { handleProtocols: () => false })
  const wanted = handshakeBytes('/', authorization, 'Sec-WebSocket-Protocol: chat')
  const head = await readUntil(await openRaw(t, gate.port, wanted), '\r\n\r\n')
  t.match(head, /^HTTP\/1\.1 101 /)
  t.notMatch(head, /sec-websocket-protocol/i)
})

t.test('compression is agreed between both ends', async (t) => {
  const perMessageDeflate = { threshold: 0 }
  const { requests, gate } = await startChoosy(t, { perMessageDeflate })
  const { socket, next } = await openCaller(t, gate.url, { headers, perMessageDeflate: true })
  t.equal(requests[0]?.['sec-websocket-extensions'], 'permessage-deflate; client_max_window_bits')
  t.equal(socket.extensions, 'permessage-deflate')
  for (const message of ['a'.repeat(100_000), 'b'.repeat(100_000), randomBytes(1024 * 1024)]) {
    socket.send(message)
    t.ok((await next()).equals(Buffer.from(message)))
  }
})

t.test('no compression where the upstream grants none', async (t) => {
  const { gate } = await startChoosy(t, { perMessageDeflate: false })
  const { socket, next } = await openCaller(t, gate.url, { headers, perMessageDeflate: true })
  t.equal(socket.extensions, '')
  socket.send('x')
  t.equal(String(await next()), 'x')
})

for (const [status, ...fields] of [
  [403, 'X-Why: secret'],
  [404],
  [426, 'Sec-WebSocket-Version: 8'],
  [302, 'Location: /login'],
  [200],
] as const) {
  t.test(`a ${status} of the upstream reaches the caller whole, and ends the connection`, async (t) => {
    const body = 'x'.repeat(200_000)
    const closed = Promise.withResolvers<void>()
    const upstream = await startRawUpstream(t, (socket) => {
      const lines = [`HTTP/1.1 ${status} Nope`, ...fields, `Content-Length: ${body.length}`, 'Connection: keep-alive']
      answerUpgradeWith(socket, () => `${lines.join('\r\n')}\r\n\r\n${body}`)
      socket.once('end', () => socket.end()).once('close', () => closed.resolve())
    })
    const gate = await startTestGate(t, { issuer, upstream: upstream.url })
    const { responses, closed: ended } = await sendRaw({ port: gate.port, bytes: handshakeBytes('/x', authorization) })
    t.hasStrict(responses, [{ status, headers: { connection: ['close'] } }])
    for (const [name = '', value = ''] of fields.map((field) => field.split(': '))) {
      t.strictSame(responses[0]?.headers[name.toLowerCase()], [value])
    }
    t.equal(responses[0]?.headers['x-request-id']?.length, 1)
    t.equal(responses[0]?.body.toString(), body)
    t.ok(ended)
    await closed.promise
    const line = await gate.logged(({ msg }) => msg === 'access')
    t.hasStrict(line, { status, outcome: 'allow', reason: 'allowed' })
    t.notOk(line['aborted'])
  })
}

t.test('the answer to the upgrade is the upstream’s own, without its connection headers', async (t) => {
  const fields = ['Set-Cookie: a=1', 'Set-Cookie: b=2', 'X-Private: 1', 'X-Request-Id: theirs', 'Content-Length: 0']
  const upstream = await startRawUpstream(t, (socket) =>
    answerUpgradeWith(socket, (accept) =>
      [
        'HTTP/1.1 101 Whatever',
        'Upgrade: WebSocket',
        'Connection: keep-alive, Upgrade, X-Private',
        `Sec-WebSocket-Accept: ${accept}`,
        ...fields,
        '\r\n',
      ].join('\r\n'),
    ),
  )
  const gate = await startTestGate(t, { issuer, upstream: upstream.url })
  const head = await readUntil(await openRaw(t, gate.port, handshakeBytes('/', authorization)), '\r\n\r\n')
  const [first, ...rest] = head.trimEnd().split('\r\n')
  const accept = createHash('sha1').update('dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11')
  t.equal(first, 'HTTP/1.1 101 Switching Protocols')
  t.match(rest.pop(), /^X-Request-Id: [0-9a-f-]{36}$/)
  t.strictSame(rest, [
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept.digest('base64')}`,
    'Set-Cookie: a=1',
    'Set-Cookie: b=2',
  ])
})

t.test('bytes that come with either head arrive, in both directions', async (t) => {
  const far = Promise.withResolvers<Socket>()
  const upstream = await startRawUpstream(t, (socket) => {
    const switching = 'HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: '
    answerUpgradeWith(socket, (accept) => `${switching}${accept}\r\n\r\n\x81\x05hello`)
    far.resolve(socket)
  })
  const gate = await startTestGate(t, { issuer, upstream: upstream.url })
  const early = '\x81\x85\0\0\0\0early'
  const caller = await openRaw(t, gate.port, handshakeBytes('/', authorization) + early)
  t.match(await readUntil(caller, '\x81\x05hello'), /^HTTP\/1\.1 101 /)
  await readUntil(await far.promise, early).catch(() => undefined)
  t.ok(upstream.receivedBytes(0).toString('latin1').endsWith(`\r\n\r\n${early}`))
  const ended = once(await far.promise, 'end')
  caller.end()
  await ended
})

t.test('fragments, and control frames between them, pass as they are', async (t) => {
  const { gate } = await startChoosy(t, {})
  const { socket, next } = await openCaller(t, gate.url, { headers })
  const pong = once(socket, 'pong')
  socket.send('one ', { fin: false })
  socket.ping('between')
  socket.send('two ', { fin: false })
  socket.send('three', { fin: true })
  t.equal(String((await pong)[0]), 'between')
  t.equal(String(await next()), 'one two three')
})

t.test('pings and pongs pass in both directions', async (t) => {
  const upstream = await startSocketUpstream(t)
  const gate = await startTestGate(t, { issuer, upstream: upstream.url })
  const { socket } = await openCaller(t, gate.url, { headers })
  await upstream.opened(1)
  const [far] = upstream.sockets
  if (far === undefined) throw new Error('no upstream socket')
  socket.ping('from here')
  t.equal(String((await once(far, 'ping'))[0]), 'from here')
  far.ping('from there')
  t.equal(String((await once(socket, 'ping'))[0]), 'from there')
})
