import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { createServer } from 'node:tls'
import type { Test } from 'tap'
import t from 'tap'
import type { ConnectTarget, TargetTls } from '../../src/upstream/connect.ts'
import { ConnectTimeoutError, createConnector, sharedRead } from '../../src/upstream/connect.ts'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startRawUpstream } from '../helpers/upstream.ts'

const authority = createAuthority()
const timeoutMs = 30_000

interface Outcome {
  readonly error: Error | null
  readonly socket: Socket | null
}

function open(t: Test, target: ConnectTarget, connect = createConnector(target)): Promise<Outcome> {
  return new Promise((resolve) => {
    connect((error, socket) => {
      t.teardown(() => socket?.destroy())
      resolve({ error, socket })
    })
  })
}

async function startSecure(t: Test, ...names: readonly string[]) {
  const seen: { name: unknown; protocol: unknown; reused: boolean }[] = []
  const server = createServer({ ...authority.issue(...names), ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    seen.push({ name: socket.servername, protocol: socket.alpnProtocol, reused: socket.isSessionReused() })
    socket.on('error', () => undefined).write('hello')
  })
  const { port } = await listenOnLoopback(t, server)
  return { seen, port }
}

function tls(name: string): TargetTls {
  return { rejectUnauthorized: true, name, protocols: ['http/1.1'], ca: authority.ca }
}

t.test('asks for the name and HTTP/1.1, and for no address', async (t) => {
  const { port, seen } = await startSecure(t, 'app.example', '127.0.0.1')
  const address = { host: '127.0.0.1', port }
  for (const name of ['app.example', '127.0.0.1']) {
    const { socket } = await open(t, { address, tls: tls(name), timeoutMs })
    if (socket === null) throw new Error(`no socket for ${name}`)
    // The other side has seen the connection.
    await once(socket, 'data')
  }
  t.hasStrict(seen, [
    { name: 'app.example', protocol: 'http/1.1' },
    { name: false, protocol: 'http/1.1' },
  ])
})

for (const name of ['other.example', '127.0.0.2']) {
  t.test(`takes no certificate without ${name}, the second time neither`, async (t) => {
    const { port } = await startSecure(t, 'app.example', '127.0.0.1')
    const target = { address: { host: '127.0.0.1', port }, tls: tls(name), timeoutMs }
    const connect = createConnector(target)
    for (let round = 0; round < 2; round++) {
      t.match((await open(t, target, connect)).error, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    }
  })
}

t.test('resumes the session of an earlier connection', async (t) => {
  const { port, seen } = await startSecure(t, 'app.example')
  const target = { address: { host: '127.0.0.1', port }, tls: tls('app.example'), timeoutMs }
  const connect = createConnector(target)
  const first = (await open(t, target, connect)).socket as TLSSocket
  await once(first, 'session')
  const second = (await open(t, target, connect)).socket as TLSSocket
  t.ok(second.isSessionReused())
  await once(second, 'data')
  t.strictSame(
    seen.map(({ reused }) => reused),
    [false, true],
  )
})

t.test('opens a Unix socket', async (t) => {
  const { socket: path } = writeFiles(t, { socket: '' })
  const server = createTcpServer((socket) => socket.end('hello'))
  server.listen(join(path, '..', 'own.sock'))
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { socket } = await open(t, { address: { path: join(path, '..', 'own.sock') }, tls: undefined, timeoutMs })
  if (socket === null) throw new Error('no socket')
  t.equal(String((await once(socket, 'data'))[0]), 'hello')
})

t.test('gives up once the time is over, the TLS handshake included, and leaves nothing open', async (t) => {
  const closed = Promise.withResolvers<void>()
  const upstream = await startRawUpstream(t, (socket) => {
    socket.once('end', () => socket.end()).once('close', () => closed.resolve())
  })
  const address = { host: '127.0.0.1', port: upstream.port }
  const { error, socket } = await open(t, { address, tls: tls('app.example'), timeoutMs: 50 })
  t.ok(error instanceof ConnectTimeoutError)
  t.equal(socket, null)
  await closed.promise
  t.equal(upstream.openSockets, 0)
})

t.test('tells a failure once, with its code', async (t) => {
  const { port, close } = await listenOnLoopback(t, createTcpServer())
  await close()
  const { error } = await open(t, { address: { host: '127.0.0.1', port }, tls: undefined, timeoutMs })
  t.match(error, { code: 'ECONNREFUSED' })
})

t.test('an upstream that leaves within the TLS handshake is a failure', async (t) => {
  const upstream = await startRawUpstream(t, (socket) => socket.once('data', () => socket.end()))
  const address = { host: '127.0.0.1', port: upstream.port }
  const { error } = await open(t, { address, tls: tls('app.example'), timeoutMs })
  t.match(error, { code: 'ECONNRESET' })
})

t.test('tells nothing after it was cancelled, and leaves nothing open', async (t) => {
  const closed = Promise.withResolvers<void>()
  const accepted = Promise.withResolvers<void>()
  const upstream = await startRawUpstream(t, (socket) => {
    accepted.resolve()
    socket.once('end', () => socket.end()).once('close', () => closed.resolve())
  })
  const address = { host: '127.0.0.1', port: upstream.port }
  let told = 0
  const cancel = createConnector({ address, tls: tls('app.example'), timeoutMs })(() => told++)
  await accepted.promise
  cancel()
  await closed.promise
  t.equal(told, 0)
  t.equal(upstream.openSockets, 0)
})

t.test('sockets read into the same memory and emit data, pause, resume and end as any other', async (t) => {
  const body = 'x'.repeat(300_000)
  const upstream = await startRawUpstream(t, (socket) => socket.end(body))
  const onread = sharedRead
  const memory = new Set<ArrayBufferLike>()
  const read = async (): Promise<number> => {
    const socket = connect({ port: upstream.port, host: '127.0.0.1', onread })
    let length = 0
    let paused = false
    socket.on('data', (chunk: Buffer) => {
      t.notOk(paused)
      memory.add(chunk.buffer)
      length += chunk.length
      paused = true
      socket.pause()
      setImmediate(() => {
        paused = false
        socket.resume()
      })
    })
    await once(socket, 'end')
    socket.destroy()
    return length
  }
  t.strictSame(await Promise.all([read(), read(), read()]), [300_000, 300_000, 300_000])
  t.equal(memory.size, 1)
})
