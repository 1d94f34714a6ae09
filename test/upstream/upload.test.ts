import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { BodyLimitError, Upload } from '../../src/upstream/upload.ts'
import { type ConnectionScript, type RawUpstream, startRawUpstream } from '../helpers/upstream.ts'
import { turn } from '../helpers/upstream-pool.ts'

interface Setting {
  readonly chunked?: boolean
  readonly script?: ConnectionScript
  readonly head?: string
  readonly maxBytes?: number
}

async function startUpload(t: Test, { chunked = true, script, head = '', maxBytes }: Setting = {}) {
  const upstream = await startRawUpstream(t, script ?? (() => undefined))
  const socket = connect(upstream.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  const stream = new PassThrough()
  const broken: Error[] = []
  let progress = 0
  const events = { onProgress: () => void progress++, onBroken: (error: Error) => void broken.push(error) }
  const upload = new Upload(socket, { head, body: { stream, chunked, maxBytes } }, events)
  socket.on('drain', () => upload.resume())
  return { upstream, socket, stream, upload, broken, progressed: () => progress }
}

/** Ends the connection and returns all the upstream got. */
async function receivedAtEnd(socket: Socket, upstream: RawUpstream): Promise<Buffer> {
  socket.end()
  while (!socket.writableFinished) await turn()
  const length = socket.bytesWritten
  while (upstream.receivedBytes(0).length < length) await turn()
  return upstream.receivedBytes(0)
}

function countWrites(socket: Socket): () => number {
  let writes = 0
  const write = socket.write
  socket.write = function (this: Socket, ...args: Parameters<Socket['write']>) {
    writes++
    return write.apply(this, args)
  } as Socket['write']
  return () => writes
}

t.test('writes a body of known length as it is', async (t) => {
  const { socket, stream, upstream, upload, progressed } = await startUpload(t, { chunked: false })
  stream.write('hello ')
  stream.end('world')
  await once(stream, 'end')
  t.ok(upload.isOver)
  t.equal((await receivedAtEnd(socket, upstream)).toString(), 'hello world')
  t.ok(progressed() > 0)
})

t.test('writes a chunk for a chunk, and the last one at the end', async (t) => {
  const { socket, stream, upstream, upload } = await startUpload(t)
  for (const part of ['hello', 'x'.repeat(16)]) {
    stream.write(part)
    await turn()
  }
  t.notOk(upload.isOver)
  stream.end()
  await once(stream, 'end')
  t.ok(upload.isOver)
  t.equal((await receivedAtEnd(socket, upstream)).toString(), `5\r\nhello\r\n10\r\n${'x'.repeat(16)}\r\n0\r\n\r\n`)
})

t.test('writes the last chunk of an empty body', async (t) => {
  const { socket, stream, upstream } = await startUpload(t)
  stream.end()
  await once(stream, 'end')
  t.equal((await receivedAtEnd(socket, upstream)).toString(), '0\r\n\r\n')
})

for (const chunked of [true, false]) {
  t.test(`reads no faster than the upstream, and loses nothing (${chunked ? 'chunked' : 'length'})`, async (t) => {
    const taken: Socket[] = []
    const { socket, stream, upstream } = await startUpload(t, {
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
    const { socket, stream, upstream } = await startUpload(t, { chunked })
    const chunk = Buffer.from(new ArrayBuffer(64 * 1024)).fill('y')
    stream.end(chunk)
    await once(stream, 'end')
    const received = await receivedAtEnd(socket, upstream)
    t.ok(chunk.buffer.detached)
    t.ok(received.includes('y'.repeat(64 * 1024)), 'not before it was written')
  })
}

t.test('stop reads and throws away the rest, and writes nothing more', async (t) => {
  const { socket, stream, upstream, upload, broken } = await startUpload(t)
  stream.write('hello')
  await turn()
  upload.stop()
  upload.stop()
  upload.resume()
  t.ok(upload.isOver)
  stream.end('world')
  await once(stream, 'close')
  t.equal((await receivedAtEnd(socket, upstream)).toString(), '5\r\nhello\r\n')
  t.strictSame(broken, [])
})

t.test('says once that the body broke off, and writes no last chunk', async (t) => {
  const { socket, stream, upstream, upload, broken } = await startUpload(t)
  stream.write('hello')
  await turn()
  stream.destroy(new Error('caller gone'))
  await turn()
  upload.stop()
  t.strictSame(
    broken.map(({ message }) => message),
    ['caller gone'],
  )
  t.equal((await receivedAtEnd(socket, upstream)).toString(), '5\r\nhello\r\n')
})

t.test('a body that breaks off while it is stopped is no news and no uncaught error', async (t) => {
  const { stream, upload, broken } = await startUpload(t)
  stream.destroy(new Error('caller gone'))
  upload.stop()
  await turn()
  t.ok(stream.errored)
  t.strictSame(broken, [])
})

t.test('sends the head with the first bytes of the body', async (t) => {
  for (const [chunked, received] of [
    [true, 'HEAD5\r\nhello\r\n0\r\n\r\n'],
    [false, 'HEADhello'],
  ] as const) {
    const { socket, stream, upstream } = await startUpload(t, { chunked, head: 'HEAD' })
    const writes = countWrites(socket)
    stream.write('hello')
    await turn()
    t.equal(writes(), 1)
    stream.end()
    await once(stream, 'end')
    t.equal((await receivedAtEnd(socket, upstream)).toString(), received)
  }
})

t.test('sends the head before a first chunk that is too large for text', async (t) => {
  for (const chunked of [true, false]) {
    const { socket, stream, upstream } = await startUpload(t, { chunked, head: 'HEAD' })
    stream.end(Buffer.alloc(64 * 1024, 'y'))
    await once(stream, 'end')
    const received = (await receivedAtEnd(socket, upstream)).toString()
    t.match(received, chunked ? /^HEAD10000\r\ny{65536}\r\n0\r\n\r\n$/ : /^HEADy{65536}$/)
  }
})

t.test('sends the head alone where the body is not there within the turn', async (t) => {
  const { socket, stream, upstream } = await startUpload(t, { chunked: false, head: 'HEAD' })
  await turn()
  t.equal(socket.bytesWritten, 4)
  stream.end('hello')
  await once(stream, 'end')
  t.equal((await receivedAtEnd(socket, upstream)).toString(), 'HEADhello')
})

t.test('sends the head of an empty body with its end', async (t) => {
  const { socket, stream, upstream } = await startUpload(t, { head: 'HEAD' })
  stream.end()
  await once(stream, 'end')
  t.equal((await receivedAtEnd(socket, upstream)).toString(), 'HEAD0\r\n\r\n')
})

t.test('sends no head once it was stopped', async (t) => {
  const { socket, upstream, upload } = await startUpload(t, { head: 'HEAD' })
  upload.stop()
  await turn()
  t.equal((await receivedAtEnd(socket, upstream)).toString(), '')
})

t.test('carries a body of exactly maxBytes, and breaks off one byte later', async (t) => {
  const exact = await startUpload(t, { chunked: false, maxBytes: 5 })
  exact.stream.end('hello')
  await once(exact.stream, 'end')
  t.strictSame(exact.broken, [])
  const over = await startUpload(t, { chunked: false, maxBytes: 5 })
  over.stream.write('hello')
  await turn()
  over.stream.end('!')
  await once(over.stream, 'close')
  t.match(over.broken, [BodyLimitError.prototype])
  t.equal(over.broken.length, 1)
  t.equal((await receivedAtEnd(over.socket, over.upstream)).toString(), 'hello')
})

t.test('survives a connection that is lost within the body', async (t) => {
  const { socket, stream, upload } = await startUpload(t, {
    script: (peer) => peer.once('data', () => peer.resetAndDestroy()),
  })
  const lost = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.once('error', () => undefined)
  const chunk = Buffer.from(new ArrayBuffer(64 * 1024))
  stream.write(chunk)
  await lost
  upload.stop()
  t.ok(upload.isOver)
})
