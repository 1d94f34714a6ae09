/** A body of any size streams through: the real process stays small. */
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t, { type Test } from 'tap'
import { type GateProcess, spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startRawUpstream } from '../helpers/upstream.ts'

const totalBytes = 1024 ** 3
const maxGrowthBytes = 64 * 1024 ** 2
const chunk = Buffer.alloc(256 * 1024)

const issuer = await startTestIssuer(t)
const authorization = `Bearer ${issuer.mintAccessToken()}`

function residentBytes({ pid }: GateProcess): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

/** The most it was larger than at the start while `work` ran. */
async function growthDuring(gate: GateProcess, work: () => Promise<unknown>): Promise<number> {
  // What a first request loads is no part of it.
  await fetch(`http://127.0.0.1:${gate.port}/warm`, { headers: { authorization } })
  const before = residentBytes(gate)
  let peak = before
  const sampling = setInterval(() => {
    peak = Math.max(peak, residentBytes(gate))
  }, 50)
  await work()
  clearInterval(sampling)
  return peak - before
}

function* load(): Iterable<Buffer> {
  for (let sent = 0; sent < totalBytes; sent += chunk.length) yield chunk
}

function sink(): { readonly stream: Writable; readonly size: () => number } {
  let size = 0
  const stream = new Writable({
    highWaterMark: 1024 * 1024,
    write(data: Buffer, _encoding, done) {
      size += data.length
      done()
    },
  })
  return { stream, size: () => size }
}

t.test('1 GiB down', async (t) => {
  const upstream = await startRawUpstream(t, (socket) => {
    socket.on('data', (head: Buffer) => {
      const size = head.includes('/warm') ? 0 : totalBytes
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
      if (size > 0) Readable.from(load()).pipe(socket, { end: false })
    })
  })
  const gate = await spawnGate(t, { issuer, upstream: upstream.url })
  const { stream, size } = sink()
  const growth = await growthDuring(gate, async () => {
    const client = request({ port: gate.port, host: '127.0.0.1', headers: { authorization } }).end()
    const { promise, resolve } = Promise.withResolvers<Readable>()
    client.on('response', resolve)
    await pipeline(await promise, stream)
  })
  t.equal(size(), totalBytes)
  t.ok(growth < maxGrowthBytes, `grew by ${Math.round(growth / 1024 ** 2)} MiB`)
})

t.test('1 GiB up', async (t) => {
  let received = 0
  const server = createServer((request, response) => {
    request.on('data', (data: Buffer) => {
      received += data.length
    })
    request.on('end', () => response.end('thanks'))
  })
  const { port } = await listenOnLoopback(t, server)
  const gate = await spawnGate(t, { issuer, upstream: `http://127.0.0.1:${port}` })
  const growth = await growthDuring(gate, () => upload(t, gate))
  t.equal(received, totalBytes)
  t.ok(growth < maxGrowthBytes, `grew by ${Math.round(growth / 1024 ** 2)} MiB`)
})

async function upload(t: Test, gate: GateProcess): Promise<void> {
  const socket = connect(gate.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(
    `POST /x HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Length: ${totalBytes}\r\n\r\n`,
  )
  const answered = new Promise<string>((resolve) => socket.once('data', (data: Buffer) => resolve(data.toString())))
  Readable.from(load()).pipe(socket, { end: false })
  t.match(await answered, /^HTTP\/1\.1 200 OK\r\n/)
}
