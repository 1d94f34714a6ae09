/** A pool that cannot open a connection, opens none in time, or is closed. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { createExchangeLog } from '../helpers/exchange-log.ts'
import { answerHeadsWith, startRawUpstream } from '../helpers/upstream.ts'
import {
  answered,
  ask,
  connectTo,
  createPool,
  get,
  isDiscarded,
  ok,
  startPool,
  turn,
  upload,
} from '../helpers/upstream-pool.ts'

t.test(
  'fails the one that waits longest when a connection cannot be opened, and tries again for the next',
  async (t) => {
    const upstream = await startRawUpstream(t, answerHeadsWith(ok))
    let attempts = 0
    const pool = createPool(t, {
      connect(done) {
        attempts++
        if (attempts > 1) connectTo(upstream.port)(done)
        else connect(1, '127.0.0.1').once('error', (error) => done(error, null))
      },
    })
    const [first, second] = [createExchangeLog(), createExchangeLog()]
    pool.dispatch(get, first)
    pool.dispatch(get, second)
    await second.over
    t.strictSame(first.told, ['error ConnectError'])
    t.hasStrict(first.error, { code: 'ECONNREFUSED' })
    t.strictSame(second.told, answered)
  },
)

t.test('has an upload discarded that will not be sent', async (t) => {
  await startRawUpstream(t, () => undefined)
  const failing = createPool(t, { connect: (done) => process.nextTick(done, new Error('refused'), null) })
  const closing = createPool(t, { connect: () => undefined })
  for (const pool of [failing, closing]) {
    const { stream, request } = upload()
    const log = createExchangeLog()
    pool.dispatch(request, log)
    if (pool === closing) pool.close()
    await log.over
    t.ok(isDiscarded(stream), `after ${log.told[0]}`)
  }
})

t.test('says nothing of a connection that fails for a caller who is gone', async (t) => {
  const failed = Promise.withResolvers<void>()
  const { request } = upload()
  const log = createExchangeLog()
  const pool = createPool(t, {
    connect: (done) =>
      setImmediate(() => {
        ticket.abort()
        done(new Error('refused'), null)
        failed.resolve()
      }),
  })
  const ticket = pool.dispatch(request, log)
  await failed.promise
  await turn()
  t.strictSame(log.told, [])
})

t.test('reports one failure when body and connection fail together', async (t) => {
  const failed = Promise.withResolvers<void>()
  const { stream, request } = upload()
  const pool = createPool(t, {
    connect: (done) =>
      setImmediate(() => {
        stream.destroy()
        done(new Error('refused'), null)
        stream.once('close', () => failed.resolve())
      }),
  })
  const log = createExchangeLog()
  pool.dispatch(request, log)
  await failed.promise
  t.strictSame(log.told, ['error ConnectError'])
})

t.test('fails what runs and what waits when it is closed, and everything after', async (t) => {
  const { pool, upstream } = await startPool(t, () => undefined)
  const [running, waiting, late] = [createExchangeLog(), createExchangeLog(), createExchangeLog()]
  pool.dispatch(get, running)
  await upstream.connected(1)
  while (upstream.receivedBytes(0).length === 0) await turn()
  pool.dispatch(get, waiting)
  pool.close()
  pool.dispatch(get, late)
  for (const log of [running, waiting, late]) {
    await log.over
    t.strictSame(log.told, ['error Error'])
    t.equal(log.error?.message, 'the gate is closing')
  }
})

t.test('destroys a connection that opens after it was closed', async (t) => {
  const upstream = await startRawUpstream(t, () => undefined)
  const opened = Promise.withResolvers<Socket>()
  const pool = createPool(t, {
    connect: (done) =>
      connectTo(upstream.port)((...result) => {
        pool.close()
        done(...result)
        if (result[1]) opened.resolve(result[1])
      }),
  })
  const log = await ask(pool)
  const socket = await opened.promise
  if (!socket.closed) await once(socket, 'close')
  t.strictSame(log.told, ['error Error'])
  t.equal(upstream.receivedBytes(0).length, 0)
})
