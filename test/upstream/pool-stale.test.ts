/** A used connection that ends instead of answering: what is sent once more, and what is not. */
import { createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { PoolOptions } from '../../src/upstream/pool.ts'
import { createExchangeLog } from '../helpers/exchange-log.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { answered, ask, connectTo, createPool, get, ok, startPool, turn, upload } from '../helpers/upstream-pool.ts'

const first = answered
type Connect = PoolOptions['connect']

/** The first connection answers once; what happens at its second request is the test's. Later ones answer always. */
function endOnce(atSecond: (socket: Socket) => void) {
  return (socket: Socket, index: number) => {
    let asked = 0
    socket.on('data', () => {
      asked++
      if (index === 0 && asked > 1) atSecond(socket)
      else socket.write(ok)
    })
  }
}

const end = (socket: Socket): void => void socket.end()

for (const method of ['GET', 'HEAD', 'OPTIONS']) {
  t.test(`sends ${method} once more, on a new connection in the place of the old one`, async (t) => {
    const { pool, upstream } = await startPool(t, endOnce(end))
    await ask(pool)
    const log = createExchangeLog()
    const request = { ...get, method, writeHead: () => `${method} / HTTP/1.1\r\n\r\n` }
    pool.dispatch(request, log)
    await log.over
    t.equal(log.told[0], 'head 200')
    t.equal(log.told.at(-1), 'end')
    t.equal(upstream.receivedBytes(1).toString(), request.writeHead())
    t.equal(upstream.connections, 2)
  })
}

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
  t.test(`sends ${method} once, body or not`, async (t) => {
    const { pool, upstream } = await startPool(t, endOnce(end))
    await ask(pool)
    const log = createExchangeLog()
    pool.dispatch({ ...get, method }, log)
    await log.over
    t.strictSame(log.told, ['error Error'])
    t.equal(upstream.connections, 1)
  })
}

t.test('sends no GET with a body twice', async (t) => {
  const { pool, upstream } = await startPool(t, endOnce(end))
  await ask(pool)
  const log = createExchangeLog()
  const { stream, request } = upload()
  pool.dispatch({ ...request, method: 'GET' }, log)
  stream.write('hello')
  await log.over
  t.strictSame(log.told, ['error Error'])
  t.equal(upstream.connections, 1)
})

t.test('sends nothing twice of which a single byte was answered', async (t) => {
  for (const bytes of ['H', 'HTTP/1.1 100 Continue\r\n\r\n']) {
    const { pool, upstream } = await startPool(
      t,
      endOnce((socket) => socket.end(bytes)),
    )
    await ask(pool)
    t.strictSame((await ask(pool)).told, ['error Error'])
    t.equal(upstream.connections, 1)
  }
})

t.test('sends nothing twice that is not answered in time', async (t) => {
  const { pool, upstream } = await startPool(
    t,
    endOnce(() => undefined),
    { responseTimeoutMs: 40 },
  )
  await ask(pool)
  t.strictSame((await ask(pool)).told, ['error UpstreamTimeoutError'])
  t.equal(upstream.connections, 1)
})

t.test('fails when the new connection ends as well', async (t) => {
  const { pool, upstream } = await startPool(t, (socket, index) => {
    socket.once('data', () =>
      index === 0 ? socket.write(ok, () => socket.once('data', () => socket.end())) : end(socket),
    )
  })
  t.strictSame((await ask(pool)).told, first)
  t.strictSame((await ask(pool)).told, ['error Error'])
  t.equal(upstream.connections, 2)
})

t.test('takes no other used connection for it', async (t) => {
  const { pool, upstream } = await startPool(t, endOnce(end), { maxConnections: 2 })
  const both = [createExchangeLog(), createExchangeLog()]
  for (const log of both) pool.dispatch(get, log)
  await Promise.all(both.map(({ over }) => over))
  await turn()
  const again = [createExchangeLog(), createExchangeLog()]
  for (const log of again) pool.dispatch(get, log)
  await Promise.all(again.map(({ over }) => over))
  for (const { told } of again) t.strictSame(told, answered)
  t.equal(upstream.connections, 3)
  t.equal(upstream.receivedBytes(2).toString(), get.writeHead())
})

/** A pool whose first connection works, once; the second attempt to open one is the test's. */
async function startBroken(t: Test, second: (real: Connect) => Connect) {
  const { pool: unused, upstream } = await startPool(t, endOnce(end))
  unused.close()
  const real = connectTo(upstream.port)
  let attempts = 0
  const pool = createPool(t, { connect: (done) => (attempts++ === 1 ? second(real) : real)(done) })
  t.strictSame((await ask(pool)).told, answered)
  return { pool, upstream }
}

t.test('fails when no new connection can be opened, and serves the next in line', async (t) => {
  const { port, close } = await listenOnLoopback(t, createServer())
  await close()
  const { pool } = await startBroken(t, () => connectTo(port))
  const [lost, next] = [createExchangeLog(), createExchangeLog()]
  pool.dispatch(get, lost)
  pool.dispatch(get, next)
  await Promise.all([lost.over, next.over])
  t.strictSame(lost.told, ['error ConnectError'])
  t.strictSame(next.told, answered)
})

t.test('keeps the new connection for the next when the caller leaves meanwhile', async (t) => {
  const asked = Promise.withResolvers<() => void>()
  const { pool, upstream } = await startBroken(t, (real) => (done) => asked.resolve(() => real(done)))
  const gone = createExchangeLog()
  const ticket = pool.dispatch(get, gone)
  const open = await asked.promise
  ticket.abort()
  const next = createExchangeLog()
  pool.dispatch(get, next)
  open()
  await next.over
  t.strictSame(next.told, answered)
  t.strictSame(gone.told, [])
  t.equal(upstream.connections, 2)
})

t.test('fails, and keeps no connection, when the pool is closed meanwhile', async (t) => {
  const asked = Promise.withResolvers<() => void>()
  const { pool, upstream } = await startBroken(t, (real) => (done) => asked.resolve(() => real(done)))
  const log = createExchangeLog()
  pool.dispatch(get, log)
  const open = await asked.promise
  pool.close()
  open()
  await log.over
  t.equal(log.error?.message, 'the gate is closing')
  await upstream.connected(2)
  while (upstream.openSockets > 1) await turn()
  t.equal(upstream.receivedBytes(1).length, 0)
})
