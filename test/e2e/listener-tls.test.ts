/** TLS on the traffic listener, with and without client certificates. */
import { once } from 'node:events'
import { request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { startStack } from '../helpers/stack.ts'

const authority = createAuthority()
const stranger = createAuthority('Somebody else')

function startSecureStack(t: Test, clientCa?: string, more: Readonly<Record<string, string>> = {}) {
  const files = writeFiles(t, { ...authority.issue('127.0.0.1'), clientCa: clientCa ?? '' })
  const env = {
    COGATE_TLS_CERT_FILE: files.cert,
    COGATE_TLS_KEY_FILE: files.key,
    ...(clientCa !== undefined && { COGATE_TLS_CLIENT_CA_FILE: files.clientCa }),
    ...more,
  }
  return startStack(t, { env })
}

type Stack = Awaited<ReturnType<typeof startSecureStack>>

async function get({ gate, authorization }: Stack, client: SecureContextOptions = {}): Promise<number | undefined> {
  const options = { port: gate.port, host: '127.0.0.1', ca: authority.ca, agent: false, headers: { authorization } }
  const [response] = await once(request({ ...options, ...client }).end(), 'response')
  response.resume()
  return response.statusCode
}

t.test('serves over TLS and says so to the upstream', async (t) => {
  const stack = await startSecureStack(t)
  t.match(stack.gate.url, /^https:/)
  t.equal(await get(stack), 200)
  t.hasStrict(stack.upstream.requests[0]?.headers, {
    'x-forwarded-proto': 'https',
    'x-forwarded-port': String(stack.gate.port),
    'x-forwarded-user': 'alice',
  })
})

t.test('closes plain HTTP on the TLS port without an answer of the upstream', async (t) => {
  const stack = await startSecureStack(t)
  const { closed, responses } = await stack.send(stack.head('GET /x'))
  t.ok(closed)
  t.notOk(responses.some(({ status }) => status < 400))
  t.equal(stack.upstream.requests.length, 0)
  t.equal(await get(stack), 200, 'and goes on')
})

t.test('plain HTTP on the TLS port is told so in one line, and the connection ends (FLD-26)', async (t) => {
  const { send, upstream, gate } = await startSecureStack(t)
  for (const line of ['GET /x', 'POST /x', 'DELETE /x', 'OPTIONS *', 'PATCH /x', 'CONNECT a:1', 'PROPFIND /x']) {
    const { responses, closed } = await send(`${line} HTTP/1.1\r\nHost: a\r\n\r\n`, { methods: ['GET'] })
    t.strictSame(
      responses.map(({ status, body }) => [status, body.toString()]),
      [[400, 'This port speaks TLS. Use https.\n']],
      line,
    )
    t.ok(closed)
  }
  t.equal(upstream.requests.length, 0)
  t.strictSame(
    gate.lines.filter(({ level }) => level === 'error' || level === 'fatal'),
    [],
  )
})

t.test('a TLS connection without a byte of HTTP is closed without a word (FLD-39)', async (t) => {
  const { gate } = await startSecureStack(t, undefined, { COGATE_LIMITS_HEADERS_TIMEOUT: '300ms' })
  const socket = connect({ port: gate.port, host: '127.0.0.1', ca: authority.ca })
  t.teardown(() => socket.destroy())
  socket.on('data', () => t.fail('an answer to nothing'))
  await once(socket, 'close')
  const metrics = await (await fetch(`${gate.opsUrl}/metrics`)).text()
  t.match(metrics, 'cogate_connections_unused_total 1\n')
  t.notOk(gate.lines.some(({ msg }) => msg === 'access'))
})

t.test('carries WebSockets over TLS', async (t) => {
  const { gate, upstream, authorization } = await startSecureStack(t)
  const server = new WebSocketServer({ server: upstream.server })
  server.on('connection', (far, request) => {
    t.equal(request.headers['x-forwarded-proto'], 'https')
    far.on('message', (data, binary) => far.send(data, { binary }))
  })
  const socket = new WebSocket(`wss://127.0.0.1:${gate.port}/`, { ca: authority.ca, headers: { authorization } })
  await once(socket, 'open')
  const message = Buffer.alloc(1024 * 1024, 'x')
  socket.send(message)
  const [echoed] = (await once(socket, 'message')) as [Buffer]
  t.ok(echoed.equals(message))
  socket.close(1000, 'done')
  t.strictSame((await once(socket, 'close'))[0], 1000)
})

t.test('lets in only callers whose certificate the client authority signed', async (t) => {
  const stack = await startSecureStack(t, authority.ca)
  t.equal(await get(stack, authority.issue('caller')), 200)
  await t.rejects(get(stack))
  await t.rejects(get(stack, stranger.issue('caller')))
  t.equal(stack.upstream.requests.length, 1)
})

t.test('ends although a caller never finishes its handshake', async (t) => {
  const { gate } = await startSecureStack(t)
  const callers = ['', '\x16\x03\x01'].map((bytes) => {
    const caller = connectPlain(gate.port, '127.0.0.1').on('error', () => undefined)
    t.teardown(() => caller.destroy())
    caller.write(Buffer.from(bytes, 'latin1'))
    return caller
  })
  const closed = callers.map((caller) => new Promise((resolve) => caller.resume().once('close', resolve)))
  await Promise.all(callers.map((caller) => once(caller, 'connect')))
  const { responses } = await startSecureStack(t).then((other) => other.send('GET / HTTP/1.1\r\n\r\n'))
  t.strictSame(
    responses.map(({ status }) => status),
    [400],
  )
  await gate.drain()
  await Promise.all(closed)
})

t.test('drops a caller whose handshake takes longer than its headers may', async (t) => {
  const { gate } = await startSecureStack(t, undefined, { COGATE_LIMITS_HEADERS_TIMEOUT: '100ms' })
  const caller = connectPlain(gate.port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  await new Promise((resolve) => caller.resume().once('close', resolve))
})

t.test('speaks no version below TLS 1.2', async (t) => {
  const { gate } = await startSecureStack(t)
  const socket = connect({
    port: gate.port,
    host: '127.0.0.1',
    ca: authority.ca,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
  })
  const [error] = await once(socket, 'error')
  t.match(error.code, /SSL|ECONNRESET/)
})
