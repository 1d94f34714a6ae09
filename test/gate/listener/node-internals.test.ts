/** Fails where a release of Node changes what the gate reads of its sockets and parsers. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import {
  answerInHand,
  isUpgraded,
  packetInHand,
  queuedBytes,
  requestInHand,
  underTls,
} from '../../../src/gate/listener/node-internals.ts'
import { createAuthority } from '../../helpers/certificates.ts'
import { listenOnLoopback } from '../../helpers/listen.ts'

async function startServer(t: Test) {
  const server = createServer()
  const { port } = await listenOnLoopback(t, server)
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  const [socket] = (await once(server, 'connection')) as [Socket]
  socket.on('error', () => undefined)
  return { server, caller, socket }
}

t.test('a connection has an answer in hand from the head of a request to the end of its answer', async (t) => {
  const { server, caller, socket } = await startServer(t)
  t.equal(answerInHand(socket), undefined)
  caller.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  t.equal(answerInHand(socket), response)
  t.equal(answerInHand(socket)?.headersSent, false)
  response.flushHeaders()
  t.equal(answerInHand(socket)?.headersSent, true)
  response.end()
  await once(response, 'close')
  t.equal(answerInHand(socket), undefined)
})

t.test('a connection has a request in hand while its body is received', async (t) => {
  const { server, caller, socket } = await startServer(t)
  t.equal(requestInHand(socket), undefined)
  caller.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na')
  const [request] = (await once(server, 'request')) as [IncomingMessage]
  t.equal(requestInHand(socket), request)
  caller.write('b')
  await once(request.resume(), 'end')
  t.equal(requestInHand(socket), undefined)
})

t.test('bytes that a caller does not read are queued, and taken off as it reads', async (t) => {
  const { caller, socket } = await startServer(t)
  caller.pause()
  t.equal(queuedBytes(socket), 0)
  socket.write(Buffer.alloc(64 * 1024 * 1024))
  while (queuedBytes(socket) === 0) await new Promise(setImmediate)
  const queued = queuedBytes(socket)
  t.ok(queued > 0 && queued < 64 * 1024 * 1024, `${queued} bytes`)
  caller.resume()
  while (queuedBytes(socket) >= queued) await new Promise(setImmediate)
  t.ok(queuedBytes(socket) < queued)
})

t.test('a request is upgraded when Node hands it over, and not when the offer is declined', async (t) => {
  const offer = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'
  const taking = await startServer(t)
  taking.caller.write(offer)
  taking.server.once('upgrade', (_request, socket: Socket) => socket.destroy())
  const [taken] = (await once(taking.server, 'upgrade')) as [IncomingMessage]
  t.equal(isUpgraded(taken), true)
  const declining = await startServer(t)
  Object.assign(declining.server, { shouldUpgradeCallback: () => false })
  declining.caller.write(offer)
  const [declined] = (await once(declining.server, 'request')) as [IncomingMessage]
  t.equal(isUpgraded(declined), false)
})

t.test('what arrives behind a declined upgrade is lost, which is why its connection ends', async (t) => {
  const { server, caller } = await startServer(t)
  Object.assign(server, { shouldUpgradeCallback: () => false })
  const seen: (string | undefined)[] = []
  server.on('request', ({ url }: IncomingMessage, response: ServerResponse) => {
    seen.push(url)
    response.end()
  })
  caller.write(
    'GET /1 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nGET /lost HTTP/1.1\r\nHost: a\r\n\r\n',
  )
  await once(caller, 'data')
  caller.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(caller, 'data')
  t.same(seen, ['/1', '/2'], 'when Node keeps it one day, the connection need not end any more')
})

t.test('the packet that the parser reads is there while a request arrives, and not behind that', async (t) => {
  const { server, caller, socket } = await startServer(t)
  const packet = 'GET /x RTSP/1.0\r\nHost: a\r\n\r\n'
  const seen = new Promise((resolve) => server.once('request', () => resolve(packetInHand(socket))))
  caller.write(packet)
  t.equal(await seen, packet)
  await new Promise(setImmediate)
  t.equal(packetInHand(socket), '')
})

t.test('below a TLS socket whose handshake failed is a connection that can be written to', async (t) => {
  const server = createSecureServer(createAuthority().issue('127.0.0.1'))
  const { port } = await listenOnLoopback(t, server)
  server.on('clientError', (_error, socket) => underTls(socket)?.end('plain'))
  const caller = connect(port, '127.0.0.1')
  t.teardown(() => caller.destroy())
  caller.write('GET / HTTP/1.1\r\n\r\n')
  const [answer] = (await once(caller, 'data')) as [Buffer]
  t.equal(answer.toString(), 'plain')
  t.equal(underTls(caller), undefined)
})
