/** The body of a real caller's request: whatever becomes of it, its caller can still be answered. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { BodyLimitError, Upload } from '../../src/upstream/upload.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { type RawUpstream, startRawUpstream } from '../helpers/upstream.ts'
import { turn } from '../helpers/upstream-pool.ts'

interface Arrival {
  readonly req: IncomingMessage
  readonly upload: Upload
  readonly upstream: RawUpstream
  readonly caller: Socket
  readonly broken: Promise<Error>
}

interface Sent {
  readonly bytes: string
  readonly maxBytes?: number
  readonly chunked?: boolean
  /** Its turn comes when all of the body is there. */
  readonly late?: boolean
  /** The upstream takes nothing. */
  readonly stopped?: boolean
}

/** A request whose bytes the caller writes, as the gate sees it, on its way to an upstream. */
async function send(
  t: Test,
  { bytes, maxBytes, chunked = false, late = false, stopped = false }: Sent,
): Promise<Arrival> {
  const upstream = await startRawUpstream(t, (peer) => void (stopped && peer.pause()))
  const socket = connect(upstream.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  const requested = Promise.withResolvers<Pick<Arrival, 'req' | 'upload'>>()
  const broken = Promise.withResolvers<Error>()
  const server = createServer(async (req, res) => {
    while (late && !req.complete) await turn()
    const events = { onProgress: () => undefined, onBroken: broken.resolve }
    const upload = new Upload(socket, { head: '', body: { stream: req, chunked, maxBytes } }, events)
    socket.on('drain', () => upload.resume())
    requested.resolve({ req, upload })
    req.once('end', () => res.end('done'))
  })
  const { port } = await listenOnLoopback(t, server)
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  caller.write(bytes)
  return { ...(await requested.promise), upstream, caller, broken: broken.promise }
}

const post = (framing: string) => `POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`
const length = (bytes: number) => post(`Content-Length: ${bytes}`)
const size = 8 * 1024 * 1024

async function isAnswered(caller: Socket): Promise<boolean> {
  const [answer] = (await once(caller, 'data')) as [Buffer]
  return answer.toString().startsWith('HTTP/1.1 200 OK')
}

async function received(upstream: RawUpstream, bytes: number): Promise<string> {
  while (upstream.receivedBytes(0).length < bytes) await turn()
  return upstream.receivedBytes(0).toString()
}

t.test('carries the body without the framing it came in', async (t) => {
  const plain = await send(t, { bytes: `${length(5)}hello` })
  t.equal(await received(plain.upstream, 5), 'hello')
  const bytes = `${post('Transfer-Encoding: chunked')}2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`
  const chunked = await send(t, { bytes, chunked: true })
  const expected = '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'
  t.equal(await received(chunked.upstream, expected.length), expected)
})

t.test('carries a body that had arrived before anybody read it', async (t) => {
  const { upstream } = await send(t, { bytes: `${length(5)}hello`, late: true })
  t.equal(await received(upstream, 5), 'hello')
})

t.test('reads and throws away what is over the limit, so that the caller gets its answer', async (t) => {
  const { caller, broken, upstream } = await send(t, { bytes: length(size), maxBytes: 1000 })
  caller.write(Buffer.alloc(size))
  t.ok((await broken) instanceof BodyLimitError)
  t.ok(await isAnswered(caller))
  t.ok(upstream.receivedBytes(0).length <= 1000)
})

t.test('stops the caller while the upstream takes nothing, and throws the rest away when it is stopped', async (t) => {
  const { req, upload, caller } = await send(t, { bytes: length(size), stopped: true })
  caller.write(Buffer.alloc(size))
  while (!req.isPaused()) await turn()
  t.ok(req.readableLength < 1024 * 1024)
  t.notOk(req.complete)
  upload.stop()
  t.ok(await isAnswered(caller))
  t.ok(req.complete)
})

for (const how of ['end', 'resetAndDestroy'] as const) {
  t.test(`breaks off when the caller leaves within the body (${how})`, async (t) => {
    const { caller, broken, upstream } = await send(t, { bytes: `${length(50)}hello` })
    t.equal(await received(upstream, 5), 'hello')
    caller[how]()
    t.match(await broken, { code: 'ECONNRESET' })
    t.equal(upstream.receivedBytes(0).length, 5)
  })
}

t.test('does not break off when the caller leaves after the body', async (t) => {
  const { req, caller, upstream, broken } = await send(t, { bytes: `${length(5)}hello` })
  t.equal(await received(upstream, 5), 'hello')
  caller.destroy()
  if (!req.closed) await once(req, 'close')
  t.equal(await Promise.race([broken, turn()]), undefined)
})
