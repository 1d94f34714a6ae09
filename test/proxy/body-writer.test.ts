import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { BodyWriter } from '../../src/proxy/body-writer.ts'
import { type ConnectionScript, type RawUpstream, startRawUpstream } from '../helpers/upstream.ts'
import { turn } from '../helpers/upstream-pool.ts'

async function startWriter(t: Test, { chunked = true, script }: { chunked?: boolean; script?: ConnectionScript } = {}) {
  const upstream = await startRawUpstream(t, script ?? (() => undefined))
  const socket = connect(upstream.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  const stream = new PassThrough()
  const broken: Error[] = []
  let progress = 0
  const events = { onProgress: () => void progress++, onBroken: (error: Error) => void broken.push(error) }
  const writer = new BodyWriter(socket, { stream, chunked }, events)
  socket.on('drain', () => writer.resume())
  return { upstream, socket, stream, writer, broken, progressed: () => progress }
}

/** Ends the connection and returns all the upstream got. */
async function receivedAtEnd(socket: Socket, upstream: RawUpstream): Promise<Buffer> {
  socket.end()
  while (!socket.writableFinished) await turn()
  const length = socket.bytesWritten
  while (upstream.receivedBytes(0).length < length) await turn()
  return upstream.receivedBytes(0)
}

t.test('writes a body of known length as it is', async (t) => {
  const { socket, stream, upstream, writer, progressed } = await startWriter(t, { chunked: false })
  stream.write('hello ')
  stream.end('world')
  await once(stream, 'end')
  t.ok(writer.isOver)
  t.equal((await receivedAtEnd(socket, upstream)).toString(), 'hello world')
  t.ok(progressed() > 0)
})

t.test('writes a chunk for a chunk, and the last one at the end', async (t) => {
  const { socket, stream, upstream, writer } = await startWriter(t)
  for (const part of ['hello', 'x'.repeat(16)]) {
    stream.write(part)
    await turn()
  }
  t.notOk(writer.isOver)
  stream.end()
  await once(stream, 'end')
  t.ok(writer.isOver)
  t.equal((await receivedAtEnd(socket, upstream)).toString(), `5\r\nhello\r\n10\r\n${'x'.repeat(16)}\r\n0\r\n\r\n`)
})

t.test('writes the last chunk of an empty body', async (t) => {
  const { socket, stream, upstream } = await startWriter(t)
  stream.end()
  await once(stream, 'end')
  t.equal((await receivedAtEnd(socket, upstream)).toString(), '0\r\n\r\n')
})

for (const chunked of [true, false]) {
  t.test(`reads no faster than the upstream, and loses nothing (${chunked ? 'chunked' : 'length'})`, async (t) => {
    const taken: Socket[] = []
    const { socket, stream, upstream } = await startWriter(t, {
      chunked,
      script: (peer) => void taken.push(peer.pause()),
    })
    const part = Buffer.alloc(256 * 1024, 'x')
    let parts = 0
    while (!stream.isPaused()) {
      stream.write(Buffer.from(part))
      parts++
      await turn()
    }
    t.ok(socket.writableNeedDrain)
    t.ok(socket.writableLength < 2 * part.length, 'one chunk is kept at most')
    await upstream.connected(1)
    for (const peer of taken) peer.resume()
    stream.end()
    await once(stream, 'end')
    const received = await receivedAtEnd(socket, upstream)
    const framing = chunked ? `${part.length.toString(16)}\r\n\r\n`.length * parts + '0\r\n\r\n'.length : 0
    t.equal(received.length, parts * part.length + framing)
  })

  t.test(`hands the memory of a large chunk back once written (${chunked ? 'chunked' : 'length'})`, async (t) => {
    const { socket, stream, upstream } = await startWriter(t, { chunked })
    const chunk = Buffer.from(new ArrayBuffer(64 * 1024)).fill('y')
    stream.end(chunk)
    await once(stream, 'end')
    const received = await receivedAtEnd(socket, upstream)
    t.ok(chunk.buffer.detached)
    t.ok(received.includes('y'.repeat(64 * 1024)), 'not before it was written')
  })
}

t.test('stop discards the rest and writes nothing more', async (t) => {
  const { socket, stream, upstream, writer, broken } = await startWriter(t)
  stream.write('hello')
  await turn()
  writer.stop()
  writer.stop()
  writer.resume()
  t.ok(stream.destroyed)
  t.ok(writer.isOver)
  await turn()
  t.equal((await receivedAtEnd(socket, upstream)).toString(), '5\r\nhello\r\n')
  t.strictSame(broken, [])
})

t.test('says once that the body broke off, and writes no last chunk', async (t) => {
  const { socket, stream, upstream, writer, broken } = await startWriter(t)
  stream.write('hello')
  await turn()
  stream.destroy(new Error('caller gone'))
  await turn()
  writer.stop()
  t.strictSame(
    broken.map(({ message }) => message),
    ['caller gone'],
  )
  t.equal((await receivedAtEnd(socket, upstream)).toString(), '5\r\nhello\r\n')
})

t.test('a body that breaks off while it is stopped is no news and no uncaught error', async (t) => {
  const { stream, writer, broken } = await startWriter(t)
  stream.destroy(new Error('caller gone'))
  writer.stop()
  await turn()
  t.ok(stream.errored)
  t.strictSame(broken, [])
})

t.test('survives a connection that is lost within the body', async (t) => {
  const { socket, stream, writer } = await startWriter(t, {
    script: (peer) => peer.once('data', () => peer.resetAndDestroy()),
  })
  const lost = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.once('error', () => undefined)
  const chunk = Buffer.from(new ArrayBuffer(64 * 1024))
  stream.write(chunk)
  await lost
  writer.stop()
  t.ok(stream.destroyed)
})
