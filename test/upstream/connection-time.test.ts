/** Backpressure and silence: who may wait for whom, and for how long. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createExchangeLog } from '../helpers/exchange-log.ts'
import { answerHeadsWith } from '../helpers/upstream.ts'
import { idleTimeoutMs, keepAliveMs, openConnection, responseTimeoutMs } from '../helpers/upstream-connection.ts'
import { answered, get, isDiscarded, ok, turn, upload } from '../helpers/upstream-pool.ts'

/** An exchange with an upstream that says what the test says. */
async function startExchange(
  t: Test,
  { request = get as Parameters<Opened['connection']['send']>[0], takesMore = true } = {},
) {
  const asked = Promise.withResolvers<Socket>()
  const opened = await openConnection(t, (socket) => socket.once('data', () => asked.resolve(socket)))
  const log = createExchangeLog({ takesMore })
  opened.connection.send(request, log)
  const sentAt = performance.now()
  const peer = await asked.promise
  /** Resolves when the bytes have been read on our side. */
  const say = async (bytes: string): Promise<void> => {
    const read = once(opened.socket, 'data')
    peer.write(bytes)
    await read
  }
  return { ...opened, log, peer, say, sentAt }
}
type Opened = Awaited<ReturnType<typeof openConnection>>

const begun = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const timedOut = 'error UpstreamTimeoutError'

t.test('a head that does not come in time is a timeout', async (t) => {
  const { connection, log, sentAt, gone } = await startExchange(t)
  connection.sweep(sentAt + responseTimeoutMs - 1000)
  t.strictSame(log.told, [])
  connection.sweep(performance.now() + responseTimeoutMs)
  t.strictSame(log.told, [timedOut])
  await gone.reached(1)
})

for (const [what, bytes] of [
  ['interim answers', 'HTTP/1.1 102 Processing\r\n\r\n'],
  ['a head in drops', 'HTTP/1.1 200 OK\r\n'],
] as const) {
  t.test(`${what} do not put off the time limit of the head`, async (t) => {
    const { connection, log, say, sentAt } = await startExchange(t)
    await say(bytes)
    connection.sweep(sentAt + responseTimeoutMs)
    t.strictSame(log.told, [timedOut])
  })
}

t.test('an answer that has begun is cut after idleTimeoutMs of silence, and not before', async (t) => {
  const { connection, log, say, sentAt } = await startExchange(t)
  await say(begun)
  connection.sweep(sentAt + idleTimeoutMs)
  t.strictSame(log.told, ['head 200'], 'the head was a sign of life')
  const before = performance.now()
  await say('1\r\nx\r\n')
  connection.sweep(before + idleTimeoutMs)
  t.strictSame(log.told, ['head 200', 'body x'], 'and so was the body')
  connection.sweep(performance.now() + idleTimeoutMs)
  t.equal(log.told.at(-1), timedOut)
})

for (const [what, drops] of [
  ['chunk extensions', ['5', ';', 'a', '=', 'b']],
  ['padding of a chunk size', ['0', '0', '0']],
  ['trailers', ['0\r\n', 'X', '-A', ': 1\r\n', 'X-B: 2\r\n']],
] as const) {
  t.test(`${what} that come in drops do not put off idleTimeoutMs (FLD-46)`, async (t) => {
    const { connection, log, say } = await startExchange(t)
    await say(`${begun}1\r\nx\r\n`)
    const since = performance.now()
    for (const drop of drops) await say(drop)
    connection.sweep(since + idleTimeoutMs)
    t.strictSame(log.told, ['head 200', 'body x', timedOut])
  })
}

t.test('a caller who pauses within its upload has idleTimeoutMs', async (t) => {
  const { request } = upload()
  const { connection, log, sentAt } = await startExchange(t, { request })
  connection.sweep(performance.now() + responseTimeoutMs)
  t.strictSame(log.told, [])
  connection.sweep(sentAt + idleTimeoutMs + 1000)
  t.strictSame(log.told, [timedOut])
})

t.test('an upstream that takes no more of an upload has responseTimeoutMs', async (t) => {
  const { stream, request } = upload()
  const { connection, log, peer, socket } = await startExchange(t, { request })
  peer.pause()
  while (!socket.writableNeedDrain || !stream.isPaused()) {
    stream.write(Buffer.alloc(256 * 1024))
    await turn()
  }
  connection.sweep(performance.now() + responseTimeoutMs)
  t.strictSame(log.told, [timedOut])
  t.ok(isDiscarded(stream))
})

t.test('an idle connection ends after keepAliveMs, in silence', async (t) => {
  const { connection, freed, gone } = await openConnection(t, answerHeadsWith(ok))
  const log = createExchangeLog()
  connection.send(get, log)
  await freed.reached(1)
  connection.sweep(performance.now() + idleTimeoutMs)
  t.ok(connection.isUsable(performance.now()))
  connection.sweep(performance.now() + keepAliveMs)
  await gone.reached(1)
  t.strictSame(log.told, answered)
})

t.test('an idle connection ends earlier where the upstream says so, and not later', async (t) => {
  for (const [seconds, limitMs] of [
    [100, 99_500],
    [1000, keepAliveMs],
  ] as const) {
    const answer = ok.replace('\r\n\r\n', `\r\nKeep-Alive: timeout=${seconds}\r\n\r\n`)
    const { connection, freed, gone } = await openConnection(t, answerHeadsWith(answer))
    const startedAt = performance.now()
    connection.send(get, createExchangeLog())
    await freed.reached(1)
    t.ok(connection.isUsable(startedAt + limitMs - 1))
    t.notOk(connection.isUsable(performance.now() + limitMs))
    connection.sweep(performance.now() + limitMs)
    await gone.reached(1)
  }
})

t.test('reads nothing while the caller takes nothing, and all of it afterwards', async (t) => {
  const { connection, log, peer, socket } = await startExchange(t, { takesMore: false })
  const part = 'x'.repeat(1000)
  const chunk = `3e8\r\n${part}\r\n`
  peer.write(`${begun}${chunk}`)
  await log.chunks(1)
  t.ok(socket.isPaused())
  await new Promise((written) => peer.write(`${chunk}0\r\n\r\n`, written))
  for (let turns = 0; turns < 20; turns++) await turn()
  t.strictSame(log.told, ['head 200', `body ${part}`])
  connection.resume(log)
  await log.over
  t.strictSame(log.told, ['head 200', `body ${part}${part}`, 'end'])
})

t.test('a caller who is paused for idleTimeoutMs is cut, one who takes a little now and then is not', async (t) => {
  const { connection, log, say, socket } = await startExchange(t, { takesMore: false })
  const before = performance.now()
  await say(`${begun}1\r\nx\r\n`)
  t.ok(socket.isPaused())
  connection.resume(log)
  connection.sweep(before + idleTimeoutMs)
  t.strictSame(log.told, ['head 200', 'body x'])
  socket.pause()
  connection.sweep(performance.now() + idleTimeoutMs)
  t.equal(log.told.at(-1), timedOut)
})

t.test('an answer that ends while its caller is paused leaves a running connection', async (t) => {
  const { connection, log, peer, freed, socket } = await startExchange(t, { takesMore: false })
  peer.write(`${begun}1\r\nx\r\n0\r\n\r\n`)
  await freed.reached(1)
  t.strictSame(log.told, ['head 200', 'body x', 'end'])
  const next = createExchangeLog({ takesMore: false })
  connection.send(get, next)
  peer.write(`${begun}1\r\ny\r\n`)
  await next.chunks(1)
  connection.resume(log)
  t.ok(socket.isPaused(), 'the caller before has no say')
  connection.resume(next)
  peer.write('0\r\n\r\n')
  await next.over
  t.strictSame(next.told, ['head 200', 'body y', 'end'])
})

t.test('an abort ends the exchange without a word, and no other', async (t) => {
  const { connection, log, say, gone } = await startExchange(t)
  await say(begun)
  connection.abort(createExchangeLog())
  await say('1\r\nx\r\n')
  connection.abort(log)
  connection.abort(log)
  await gone.reached(1)
  t.strictSame(log.told, ['head 200', 'body x'])
})
