import t from 'tap'
import { createExchangeLog } from '../helpers/exchange-log.ts'
import { answerHeadsWith, type ConnectionScript } from '../helpers/upstream.ts'
import { answered, answerWhenTold, ask, get, ok, spin, startPool, turn, upload } from '../helpers/upstream-pool.ts'

t.test('uses one connection for one request after another', async (t) => {
  const { pool, upstream } = await startPool(t, answerHeadsWith(ok), { maxConnections: 5 })
  for (let round = 0; round < 3; round++) {
    t.strictSame((await ask(pool)).told, answered)
    await turn()
  }
  t.equal(upstream.connections, 1)
})

t.test('opens no more than maxConnections and serves those who wait in their order', async (t) => {
  const { pool, upstream } = await startPool(t, answerHeadsWith(ok), { maxConnections: 2 })
  const order: number[] = []
  const logs = Array.from({ length: 20 }, (_, index) => {
    const log = createExchangeLog()
    pool.dispatch(get, log)
    return log.over.then(() => order.push(index))
  })
  await Promise.all(logs)
  t.equal(upstream.connections, 2)
  // Two connections: neighbours may change places, no more.
  t.ok(order.every((index, place) => Math.abs(index - place) <= 2))
})

t.test('uses the connection last used first', async (t) => {
  const { asked, script, answer } = answerWhenTold()
  const { pool, upstream } = await startPool(t, script, { maxConnections: 2 })
  const logs = [createExchangeLog(), createExchangeLog()]
  for (const log of logs) pool.dispatch(get, log)
  await upstream.connected(2)
  while (asked.length < 2) await turn()
  const [, last] = asked
  for (const log of logs) {
    const before = logs.filter(({ told }) => told.includes('end')).length
    answer()
    while (logs.filter(({ told }) => told.includes('end')).length === before) await turn()
    await turn()
    t.ok(log)
  }
  pool.dispatch(get, createExchangeLog())
  while (asked.length === 0) await turn()
  t.equal(asked[0], last)
})

t.test('gives nothing to one who left the line, and its place to the next', async (t) => {
  const { asked, script, answer } = answerWhenTold()
  const { pool, upstream } = await startPool(t, script)
  const [first, gone, next] = [createExchangeLog(), createExchangeLog(), createExchangeLog()]
  pool.dispatch(get, first)
  const { stream, request } = upload()
  const ticket = pool.dispatch(request, gone)
  pool.dispatch(get, next)
  while (asked.length === 0) await turn()
  ticket.resume()
  ticket.abort()
  stream.destroy()
  answer()
  await first.over
  while (asked.length === 0) await turn()
  answer()
  await next.over
  t.strictSame(gone.told, [])
  t.equal(upstream.receivedBytes(0).toString(), get.writeHead().repeat(2))
})

t.test('fails one whose body breaks off while it waits, once, and never sends it', async (t) => {
  const { asked, script, answer } = answerWhenTold()
  const { pool, upstream } = await startPool(t, script)
  const first = createExchangeLog()
  pool.dispatch(get, first)
  const { stream, request } = upload()
  const broken = createExchangeLog()
  pool.dispatch(request, broken)
  stream.destroy()
  while (asked.length === 0) await turn()
  answer()
  await first.over
  await broken.over
  await turn()
  t.equal(broken.error?.message, 'caller gone')
  t.equal(broken.told.length, 1)
  t.equal(upstream.receivedBytes(0).toString(), get.writeHead())
})

t.test('hands the slot of an aborted exchange to the next', async (t) => {
  const { pool, upstream } = await startPool(t, (socket, index) => {
    if (index > 0) answerHeadsWith(ok)(socket, index)
  })
  const hanging = createExchangeLog()
  const ticket = pool.dispatch(get, hanging)
  await upstream.connected(1)
  const next = createExchangeLog()
  pool.dispatch(get, next)
  while (upstream.receivedBytes(0).length === 0) await turn()
  ticket.abort()
  ticket.abort()
  await next.over
  t.strictSame(next.told, answered)
  t.strictSame(hanging.told, [])
})

t.test('an exchange that is over has no power over the connection any more', async (t) => {
  const { asked, script, answer } = answerWhenTold()
  const { pool, upstream } = await startPool(t, script)
  const first = createExchangeLog()
  const ticket = pool.dispatch(get, first)
  while (asked.length === 0) await turn()
  answer()
  await first.over
  await turn()
  const second = createExchangeLog()
  pool.dispatch(get, second)
  while (asked.length === 0) await turn()
  ticket.resume()
  ticket.abort()
  answer()
  await second.over
  t.strictSame(second.told, answered)
  t.equal(upstream.connections, 1)
})

t.test('loses no slot to connections that fail in any way', async (t) => {
  const failures: ConnectionScript[] = [
    (socket) => socket.resetAndDestroy(),
    (socket) => socket.end(),
    (socket) => socket.once('data', () => socket.destroy()),
    (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok')),
    (socket) => socket.once('data', () => socket.write('garbage')),
  ]
  const { pool } = await startPool(t, (socket, index) => (failures[index] ?? answerHeadsWith(ok))(socket, index))
  for (const _failure of failures) t.match((await ask(pool)).told.at(-1), /^error/)
  t.strictSame((await ask(pool)).told, answered)
})

t.test('does not use a connection the upstream has closed meanwhile', async (t) => {
  const { pool, upstream } = await startPool(t, answerHeadsWith(ok, 'end'))
  await ask(pool)
  while (upstream.openSockets > 0) await turn()
  t.strictSame((await ask(pool)).told, answered)
  t.equal(upstream.connections, 2)
})

for (const limit of ['keepAliveMs', 'maxAgeMs'] as const) {
  t.test(`replaces a connection that is past its ${limit}, though no timer has looked at it`, async (t) => {
    const { pool, upstream } = await startPool(t, answerHeadsWith(ok), { [limit]: 50 })
    const first = createExchangeLog()
    pool.dispatch(get, first)
    await first.over
    if (limit === 'keepAliveMs') await turn()
    spin(60)
    t.strictSame((await ask(pool)).told, answered)
    t.equal(upstream.connections, 2)
  })
}

t.test('ends idle connections after keepAliveMs', async (t) => {
  const { pool, upstream } = await startPool(
    t,
    (socket, index) => {
      answerHeadsWith(ok)(socket, index)
      socket.once('end', () => socket.end())
    },
    { keepAliveMs: 10 },
  )
  await ask(pool)
  while (upstream.openSockets > 0) await turn()
  t.equal(upstream.connections, 1)
})

t.test('tells how many connections are being opened, busy and idle', async (t) => {
  const { asked, script, answer } = answerWhenTold()
  const { pool, upstream } = await startPool(t, script, { maxConnections: 2 })
  t.same(pool.counts(), { busy: 0, idle: 0, connecting: 0 })
  const log = createExchangeLog()
  pool.dispatch(get, log)
  t.same(pool.counts(), { busy: 0, idle: 0, connecting: 1 })
  await upstream.connected(1)
  while (asked.length < 1) await turn()
  t.same(pool.counts(), { busy: 1, idle: 0, connecting: 0 })
  answer()
  await log.over
  await turn()
  t.same(pool.counts(), { busy: 0, idle: 1, connecting: 0 })
})
