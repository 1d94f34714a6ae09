import type { Socket } from 'node:net'
import t from 'tap'
import { createExchangeLog } from '../helpers/exchange-log.ts'
import { answerHeadsWith, type ConnectionScript } from '../helpers/upstream.ts'
import { openConnection } from '../helpers/upstream-connection.ts'
import { answered, get, isDiscarded, ok, turn, upload } from '../helpers/upstream-pool.ts'

t.test('is free for the next exchange after a complete one, and not in the same turn', async (t) => {
  const { connection, freed, upstream } = await openConnection(t, answerHeadsWith(ok))
  for (let round = 1; round <= 3; round++) {
    const log = createExchangeLog()
    connection.send(get, log)
    t.notOk(connection.isUsable(performance.now()))
    await log.over
    t.strictSame(log.told, answered)
    t.equal(freed.count, round - 1)
    await freed.reached(round)
    t.ok(connection.isUsable(performance.now()))
  }
  t.equal(upstream.connections, 1)
})

t.test('carries HEAD and 304 that announce no body, and goes on', async (t) => {
  const answers = ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 304 \r\n\r\n', ok]
  const { connection, freed } = await openConnection(t, (socket) => {
    socket.on('data', () => socket.write(answers.shift() ?? ''))
  })
  const told: string[] = []
  for (const method of ['HEAD', 'GET', 'GET']) {
    const log = createExchangeLog()
    connection.send({ ...get, method }, log)
    await freed.reached(told.push(log.told.join()))
    told.splice(-1, 1, log.told.join())
  }
  t.strictSame(told, ['head 200,end', 'head 304,end', answered.join()])
})

for (const [method, status] of [
  ['HEAD', '200 OK'],
  ['GET', '304 Not Modified'],
] as const) {
  t.test(`relays ${status} to ${method} with a length, and is gone`, async (t) => {
    const { connection, gone, freed } = await openConnection(
      t,
      answerHeadsWith(`HTTP/1.1 ${status}\r\nContent-Length: 9\r\n\r\n`),
    )
    const log = createExchangeLog()
    connection.send({ ...get, method }, log)
    await gone.reached(1)
    t.same([log.told.join(), freed.count], [`head ${status.slice(0, 3)},end`, 0])
  })
}

for (const [name, bytes] of [
  ['another answer', ok + ok],
  ['a body with 204', 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
] as const) {
  t.test(`relays the answer and is gone when ${name} follows`, async (t) => {
    const { connection, gone, freed } = await openConnection(t, answerHeadsWith(bytes))
    const log = createExchangeLog()
    connection.send(get, log)
    await gone.reached(1)
    t.equal(log.told.at(-1), 'end')
    t.notOk(connection.isUsable(performance.now()))
    t.ok(freed.count <= 1)
  })
}

t.test('is gone when the upstream says something between two exchanges', async (t) => {
  const peers: Socket[] = []
  const { connection, freed, gone } = await openConnection(t, (socket) => {
    peers.push(socket)
    socket.once('data', () => socket.write(ok))
  })
  const log = createExchangeLog()
  connection.send(get, log)
  await freed.reached(1)
  for (const peer of peers) peer.write(ok)
  await gone.reached(1)
  t.strictSame(log.told, answered)
})

const lastAnswers = {
  'says close': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
  'speaks HTTP/1.0': 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'announces a body with 204': 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n',
  'announces chunks with 204': 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n',
}
for (const [what, bytes] of Object.entries(lastAnswers)) {
  t.test(`is not used again when the upstream ${what}`, async (t) => {
    const { connection, freed, gone } = await openConnection(t, answerHeadsWith(bytes))
    const log = createExchangeLog()
    connection.send(get, log)
    await gone.reached(1)
    t.equal(log.told.at(-1), 'end')
    await turn()
    t.equal(freed.count, 0)
  })
}

t.test('is not used again when the answer and the end of the connection come together', async (t) => {
  const { connection, freed, gone } = await openConnection(t, (socket) => {
    socket.once('data', () => socket.end(ok))
  })
  const log = createExchangeLog()
  connection.send(get, log)
  await gone.reached(1)
  await turn()
  t.strictSame(log.told, answered)
  t.notOk(connection.isUsable(performance.now()))
  t.ok(freed.count <= 1)
})

const cuts: Record<string, ConnectionScript> = {
  'end before the head': (socket) => socket.once('data', () => socket.end()),
  'reset before the head': (socket) => socket.once('data', () => socket.resetAndDestroy()),
  'end within the head': (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nA: b\r\n')),
  garbage: (socket) => socket.once('data', () => socket.end('garbage')),
  'end within the body': (socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok')),
}
for (const [how, script] of Object.entries(cuts)) {
  t.test(`fails once, and is gone once, after ${how}`, async (t) => {
    const { connection, gone } = await openConnection(t, script)
    const log = createExchangeLog()
    connection.send(get, log)
    await gone.reached(1)
    await turn()
    t.equal(log.told.filter((entry) => entry.startsWith('error')).length, 1)
    t.match(log.told.at(-1), /^error/)
    t.equal(gone.count, 1)
  })
}

t.test('ends an answer framed by the connection with the connection', async (t) => {
  const { connection, gone } = await openConnection(t, (socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nok'))
  })
  const log = createExchangeLog()
  connection.send(get, log)
  await gone.reached(1)
  t.strictSame(log.told, answered)
})

t.test('is not used again after an answer that came before the end of the request', async (t) => {
  const { connection, gone, upstream } = await openConnection(t, (socket) => {
    socket.once('data', () => socket.write(ok))
  })
  const { stream, request } = upload()
  const log = createExchangeLog()
  connection.send(request, log)
  await gone.reached(1)
  t.strictSame(log.told, answered)
  t.ok(isDiscarded(stream), 'the rest of the upload is discarded')
  t.notMatch(upstream.receivedBytes(0).toString(), /0\r\n\r\n$/)
})

t.test('is used again after an upload that was sent whole', async (t) => {
  const { connection, freed, upstream } = await openConnection(t, (socket) => {
    socket.on('data', (bytes: Buffer) => bytes.includes('0\r\n\r\n') && socket.write(ok))
  })
  const { stream, request } = upload()
  const log = createExchangeLog()
  connection.send(request, log)
  stream.end('hello')
  await freed.reached(1)
  t.strictSame(log.told, answered)
  t.equal(upstream.receivedBytes(0).toString(), `${request.writeHead()}5\r\nhello\r\n0\r\n\r\n`)
})

t.test('never completes a request whose body breaks off', async (t) => {
  const { connection, gone, upstream } = await openConnection(t, () => undefined)
  const { stream, request } = upload()
  const log = createExchangeLog()
  connection.send(request, log)
  stream.write('hello')
  while (!upstream.receivedBytes(0).includes('hello')) await turn()
  stream.destroy(new Error('caller gone'))
  await gone.reached(1)
  while (upstream.openSockets > 0 && upstream.receivedBytes(0).length === 0) await turn()
  t.equal(log.error?.message, 'caller gone')
  t.equal(log.told.length, 1)
  t.equal(upstream.receivedBytes(0).toString(), `${request.writeHead()}5\r\nhello\r\n`)
})
