/** Which idle connection may carry a request that must not be sent twice; the clock is the test's. */
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { PoolOptions } from '../../src/upstream/pool.ts'
import { createClock } from '../helpers/clock.ts'
import { createExchangeLog } from '../helpers/exchange-log.ts'
import { answered, get, ok, startPool, turn, upload } from '../helpers/upstream-pool.ts'

const post = { ...get, method: 'POST', writeHead: () => 'POST / HTTP/1.1\r\n\r\n' }
const patient = { keepAliveMs: 1500, certainMs: 750 }

async function start(t: Test, options: Partial<PoolOptions> = {}, answer = ok) {
  const clock = createClock(0)
  const peers: Socket[] = []
  const script = (socket: Socket): void => {
    peers.push(socket)
    socket.on('data', () => socket.write(answer))
  }
  const { pool, upstream } = await startPool(t, script, { ...patient, maxConnections: 9, now: clock.now, ...options })
  const send = async (request: Parameters<typeof pool.dispatch>[0]) => {
    const log = createExchangeLog()
    pool.dispatch(request, log)
    await log.over
    t.strictSame(log.told, answered)
    await turn()
  }
  /** After so long, the service ends the connection that it accepted last. */
  const closeAfter = async (ms: number, how: 'end' | 'resetAndDestroy' = 'end') => {
    clock.advance(ms)
    const peer = peers.at(-1)
    peer?.[how]()
    while (!peer?.destroyed) await turn()
    await turn()
  }
  return { pool, upstream, clock, send, closeAfter }
}

t.test('a POST goes on a connection that was idle for less than half of keepAliveMs (FLD-15)', async (t) => {
  const { upstream, clock, send } = await start(t)
  await send(get)
  clock.advance(749)
  await send(post)
  t.equal(upstream.connections, 1)
  clock.advance(750)
  await send(post)
  t.equal(upstream.connections, 2)
})

for (const [what, request] of [
  ['DELETE', { ...get, method: 'DELETE' }],
  ['PUT', { ...get, method: 'PUT' }],
  ['PROPFIND', { ...get, method: 'PROPFIND' }],
] as const) {
  t.test(`a ${what} goes on no other than a POST would (FLD-15)`, async (t) => {
    const { upstream, clock, send } = await start(t)
    await send(get)
    clock.advance(750)
    await send(request)
    t.equal(upstream.connections, 2)
  })
}

t.test('a GET with a body goes on no other than a POST would, for it is not sent twice either (FLD-15)', async (t) => {
  const { upstream, clock, send } = await start(t)
  await send(get)
  clock.advance(750)
  const { request, stream } = upload()
  stream.end('hello')
  await send({ ...request, method: 'GET' })
  t.equal(upstream.connections, 2)
})

t.test('a GET goes on the connection that was too old for a POST (FLD-15)', async (t) => {
  const { upstream, clock, send } = await start(t)
  await send(get)
  clock.advance(1400)
  await send(get)
  t.equal(upstream.connections, 1)
})

for (const how of ['end', 'resetAndDestroy'] as const) {
  t.test(`a connection that the service ends (${how}) teaches how long it keeps one (FLD-15)`, async (t) => {
    const { upstream, clock, send, closeAfter } = await start(t)
    await send(get)
    await closeAfter(400, how)
    await send(get)
    clock.advance(199)
    await send(post)
    t.equal(upstream.connections, 2)
    clock.advance(200)
    await send(post)
    t.equal(upstream.connections, 3)
  })
}

t.test('a connection that ends under a request teaches it too (FLD-15)', async (t) => {
  const clock = createClock(0)
  const script = (socket: Socket, index: number): void => {
    socket.once('data', () => {
      socket.write(ok)
      socket.on('data', () => (index === 0 ? socket.end() : socket.write(ok)))
    })
  }
  const { pool, upstream } = await startPool(t, script, { ...patient, maxConnections: 9, now: clock.now })
  const send = async (request: typeof get) => {
    const log = createExchangeLog()
    pool.dispatch(request, log)
    await log.over
    await turn()
    return log.told
  }
  await send(get)
  clock.advance(600)
  t.strictSame(await send(get), answered, 'it is sent once more')
  clock.advance(300)
  t.strictSame(await send(post), answered)
  t.equal(upstream.connections, 3)
})

t.test('an end that a request has caused is not taken for the end of an idle connection (FLD-15)', async (t) => {
  const clock = createClock(0)
  const asked = Promise.withResolvers<Socket>()
  const script = (socket: Socket, index: number): void => {
    socket.once('data', () => {
      socket.write(ok)
      socket.on('data', () => (index === 0 ? asked.resolve(socket) : socket.write(ok)))
    })
  }
  const { pool, upstream } = await startPool(t, script, { ...patient, maxConnections: 9, now: clock.now })
  const send = async (request: typeof get) => {
    const log = createExchangeLog()
    pool.dispatch(request, log)
    await log.over
    await turn()
    return log.told
  }
  await send(get)
  clock.advance(600)
  const failing = send(post)
  const socket = await asked.promise
  clock.advance(5000)
  socket.end()
  t.strictSame(await failing, ['error Error'])
  t.strictSame(await send(get), answered)
  clock.advance(700)
  t.strictSame(await send(post), answered)
  t.equal(upstream.connections, 2)
})

t.test('what was learned is forgotten after ten minutes (FLD-15)', async (t) => {
  const { upstream, clock, send, closeAfter } = await start(t)
  await send(get)
  await closeAfter(2)
  clock.advance(10 * 60_000)
  await send(get)
  clock.advance(700)
  await send(post)
  t.equal(upstream.connections, 2)
})

t.test('a service that says how long it keeps a connection is believed (FLD-15)', async (t) => {
  const { upstream, clock, send } = await start(t, {}, ok.replace('\r\n\r\n', '\r\nKeep-Alive: timeout=5\r\n\r\n'))
  await send(get)
  clock.advance(1499)
  await send(post)
  t.equal(upstream.connections, 1)
})

t.test('a POST is not refused because all connections are idle and too old for it (FLD-15)', async (t) => {
  const { upstream, clock, send } = await start(t, { maxConnections: 1, maxWaiting: 0 })
  await send(get)
  clock.advance(1000)
  await send(post)
  t.equal(upstream.connections, 2)
})

t.test(
  'without reuse every request has a connection of its own, one at a time where one is allowed (FLD-15)',
  async (t) => {
    const { upstream, send } = await start(t, { reuses: false, maxConnections: 1 })
    await Promise.all([send(get), send(post), send(get)])
    t.equal(upstream.connections, 3)
  },
)
