import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { endSilentCallers, isAnswering } from '../src/silent-callers.ts'
import { listenOnLoopback } from './helpers/listen.ts'

t.test('ends a connection that stays silent while its answer is awaited, and no sooner', async (t) => {
  const server = createServer((request) => t.ok(isAnswering(request.socket)))
  endSilentCallers(server, { idleTimeoutMs: 100, keepAliveMs: 60_000 })
  const { port } = await listenOnLoopback(t, server)
  const [silent, unused] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  t.teardown(() => unused.destroy())
  const startedAt = performance.now()
  silent.resume().write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(silent, 'close')
  t.ok(performance.now() - startedAt >= 100)
  t.notOk(unused.destroyed)
})

t.test('leaves a connection alone once an upgrade has taken it, and gives its timers back', async (t) => {
  const server = createServer()
  const taken = Promise.withResolvers<Socket>()
  endSilentCallers(server, { idleTimeoutMs: 20, keepAliveMs: 20 })
  server.on('upgrade', (_request, socket: Socket) => taken.resolve(socket))
  const { port } = await listenOnLoopback(t, server)
  const caller = connect(port, '127.0.0.1')
  t.teardown(() => caller.destroy())
  caller.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
  const socket = await taken.promise
  socket.setTimeout(150)
  await once(socket, 'timeout')
  t.notOk(socket.destroyed)
})
