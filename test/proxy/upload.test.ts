import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { bodyLimitCode, Upload } from '../../src/proxy/upload.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { turn } from '../helpers/upstream-pool.ts'

interface Arrival {
  readonly upload: Upload
  readonly req: IncomingMessage
  readonly caller: Socket
}

/** A request whose bytes the caller writes, as the gate sees it. */
async function startUpload(t: Test, bytes: string, maxBytes?: number): Promise<Arrival> {
  const { promise, resolve } = Promise.withResolvers<Omit<Arrival, 'caller'>>()
  const server = createServer((req, res) => {
    resolve({ upload: new Upload(req, maxBytes).on('error', () => undefined), req })
    req.once('end', () => res.end('done'))
  })
  const { port } = await listenOnLoopback(t, server)
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  caller.write(bytes)
  return { ...(await promise), caller }
}

const post = (framing: string) => `POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`
const length = (bytes: number) => post(`Content-Length: ${bytes}`)

async function readAll(upload: Upload): Promise<string> {
  return Buffer.concat((await upload.toArray()) as Buffer[]).toString()
}

async function failureOf(upload: Upload): Promise<Error | null> {
  upload.resume()
  if (!upload.errored) await new Promise((resolve) => upload.once('close', resolve))
  return upload.errored
}

t.test('carries the body without its framing', async (t) => {
  const plain = await startUpload(t, `${length(5)}hello`)
  t.equal(await readAll(plain.upload), 'hello')
  const chunked = await startUpload(t, `${post('Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`)
  t.equal(await readAll(chunked.upload), 'hello')
})

t.test('ends for a body that had arrived before anybody read it', async (t) => {
  const { upload, req } = await startUpload(t, `${length(5)}hello`)
  while (!req.complete) await turn()
  t.equal(await readAll(upload), 'hello')
})

t.test('carries a body of exactly maxBytes, and fails one byte later', async (t) => {
  const exact = await startUpload(t, `${length(5)}hello`, 5)
  t.equal(await readAll(exact.upload), 'hello')
  const over = await startUpload(t, `${length(6)}hello!`, 5)
  t.hasStrict(await failureOf(over.upload), { code: bodyLimitCode })
})

t.test('reads and throws away what is over the limit, so that the caller gets its answer', async (t) => {
  const size = 1024 * 1024
  const { upload, caller } = await startUpload(t, length(size), 1000)
  const failed = failureOf(upload)
  caller.write(Buffer.alloc(size))
  t.hasStrict(await failed, { code: bodyLimitCode })
  const [answer] = (await once(caller, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 200 OK/)
})

t.test('stops the caller while nobody reads, and goes on when somebody does', async (t) => {
  const size = 8 * 1024 * 1024
  const { upload, req, caller } = await startUpload(t, length(size))
  caller.write(Buffer.alloc(size, 'x'))
  while (!req.isPaused()) await turn()
  t.ok(upload.readableLength < 1024 * 1024)
  t.notOk(req.complete)
  t.equal((await readAll(upload)).length, size)
})

t.test('throws the rest away when it is destroyed while the caller is stopped', async (t) => {
  const size = 8 * 1024 * 1024
  const { upload, req, caller } = await startUpload(t, length(size))
  caller.write(Buffer.alloc(size))
  while (!req.isPaused()) await turn()
  upload.destroy()
  const [answer] = (await once(caller, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 200 OK/)
  t.ok(req.complete)
})

for (const how of ['end', 'resetAndDestroy'] as const) {
  t.test(`fails when the caller leaves within the body (${how})`, async (t) => {
    const { upload, caller } = await startUpload(t, `${length(50)}hello`)
    const failed = failureOf(upload)
    caller[how]()
    t.equal((await failed)?.message, 'caller gone')
  })
}

t.test('does not fail when the caller leaves after the body', async (t) => {
  const { upload, req, caller } = await startUpload(t, `${length(5)}hello`)
  t.equal(await readAll(upload), 'hello')
  caller.destroy()
  if (!req.closed) await once(req, 'close')
  t.equal(upload.errored, null)
})
