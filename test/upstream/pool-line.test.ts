/** The line of those who wait for a connection: how long it may get, and how long one may stand in it. */
import t from 'tap'
import { createExchangeLog } from '../helpers/exchange-log.ts'
import { answerHeadsWith, startRawUpstream } from '../helpers/upstream.ts'
import {
  answered,
  answerWhenTold,
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

t.test('turns away at once whom the line has no room for, and serves the others in their order', async (t) => {
  const { asked, script, answer } = answerWhenTold()
  const { pool, upstream } = await startPool(t, script, { maxConnections: 2, maxWaiting: 3 })
  const logs = Array.from({ length: 10 }, () => createExchangeLog())
  for (const log of logs) pool.dispatch(get, log)
  const [served, turnedAway] = [logs.slice(0, 5), logs.slice(5)]
  for (const { told } of turnedAway) t.strictSame(told, ['error OverloadedError'])
  t.equal(pool.waiting, 5)
  for (const log of served) {
    while (asked.length === 0) await turn()
    answer()
    await log.over
    t.strictSame(log.told, answered)
  }
  t.equal(upstream.connections, 2)
  t.equal(pool.waiting, 0)
})

t.test('has room again for each one that leaves the line', async (t) => {
  const { asked, script, answer } = answerWhenTold()
  const { pool } = await startPool(t, script, { maxWaiting: 1 })
  const logs = { first: createExchangeLog(), gone: createExchangeLog(), next: createExchangeLog() }
  pool.dispatch(get, logs.first)
  const ticket = pool.dispatch(get, logs.gone)
  t.strictSame((await ask(pool)).told, ['error OverloadedError'])
  ticket.abort()
  pool.dispatch(get, logs.next)
  for (const log of [logs.first, logs.next]) {
    while (asked.length === 0) await turn()
    answer()
    await log.over
    t.strictSame(log.told, answered)
  }
  t.strictSame(logs.gone.told, [])
})

t.test('lets nobody wait where maxWaiting is zero, but opens connections up to the limit', async (t) => {
  const { asked, script, answer } = answerWhenTold()
  const { pool } = await startPool(t, script, { maxConnections: 2, maxWaiting: 0 })
  const logs = [createExchangeLog(), createExchangeLog()]
  for (const log of logs) pool.dispatch(get, log)
  t.strictSame((await ask(pool)).told, ['error OverloadedError'])
  while (asked.length < 2) await turn()
  for (const log of logs) {
    answer()
    await log.over
    t.strictSame(log.told, answered)
  }
})

t.test('turns away one for whom no connection has become free in time', async (t) => {
  const { asked, script, answer } = answerWhenTold()
  const { pool } = await startPool(t, script, { waitTimeoutMs: 8 })
  const first = createExchangeLog()
  pool.dispatch(get, first)
  while (asked.length === 0) await turn()
  const { stream, request } = upload()
  const late = createExchangeLog()
  pool.dispatch(request, late)
  await late.over
  t.strictSame(late.told, ['error OverloadedError'])
  t.ok(isDiscarded(stream), 'what its caller still sends is discarded')
  answer()
  await first.over
  const next = ask(pool)
  while (asked.length === 0) await turn()
  answer()
  t.strictSame((await next).told, answered, 'the next one is served')
})

t.test('turns nobody away for whom a connection is being opened, however long that takes', async (t) => {
  const upstream = await startRawUpstream(t, answerHeadsWith(ok))
  const attempts: (() => void)[] = []
  const pool = createPool(t, {
    connect: (done) => attempts.push(() => connectTo(upstream.port)(done)),
    waitTimeoutMs: 8,
  })
  const [opening, behind] = [createExchangeLog(), createExchangeLog()]
  pool.dispatch(get, opening)
  pool.dispatch(get, behind)
  await behind.over
  t.strictSame(behind.told, ['error OverloadedError'])
  t.strictSame(opening.told, [])
  for (const attempt of attempts) attempt()
  await opening.over
  t.strictSame(opening.told, answered)
})
