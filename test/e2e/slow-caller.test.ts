/** Nobody keeps a connection by being slow: every wait has an end. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startRawStack, startStack } from '../helpers/stack.ts'

const idle = { COGATE_UPSTREAM_IDLE_TIMEOUT: '300ms' }
/** Node looks for late connections once a second. */
const checkMs = 1000
const slackMs = 1500

interface End {
  readonly received: string
  readonly afterMs: number
}

/** Opens, writes, and waits for the gate to end the connection. */
async function waitForEnd(t: Test, port: number, bytes: string, use?: (socket: Socket) => void): Promise<End> {
  const startedAt = performance.now()
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => socket.destroy())
  let received = ''
  if (use) use(socket)
  else socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
  socket.write(bytes)
  await once(socket, 'close')
  return { received, afterMs: performance.now() - startedAt }
}

t.test('FLT-038 408 for headers that do not arrive in time, in one piece or drop by drop', async (t) => {
  const env = { COGATE_LIMITS_HEADERS_TIMEOUT: '300ms', COGATE_LIMITS_REQUEST_TIMEOUT: '10s' }
  const { gate, upstream } = await startStack(t, { env })
  const begun = 'GET /x HTTP/1.1\r\nHost: a\r\n'
  const dripping = (socket: Socket) => {
    const drip = setInterval(() => socket.write('X: 1\r\n'), 100)
    socket.once('close', () => clearInterval(drip)).resume()
  }
  const [silent, slow] = await Promise.all([waitForEnd(t, gate.port, begun), waitForEnd(t, gate.port, begun, dripping)])
  t.match(silent.received, /^HTTP\/1\.1 408 Request Timeout\r\n.*"code":"request_timeout"/s)
  t.ok(silent.afterMs < 300 + checkMs + slackMs)
  t.ok(slow.afterMs < 300 + checkMs + slackMs)
  t.equal(upstream.requests.length, 0)
  t.ok(gate.lines.some(({ reason }) => reason === 'request_timeout'))
})

t.test('FLT-039 408 for a body that does not arrive in time, and its upstream request is aborted', async (t) => {
  const env = { COGATE_LIMITS_BODY_IDLE: '600ms' }
  const aborted = Promise.withResolvers<void>()
  const { gate, head, upstream } = await startStack(t, {
    env,
    handler: (request) => request.on('error', () => aborted.resolve()),
  })
  const end = await waitForEnd(t, gate.port, `${head('POST /x', 'Content-Length: 1000')}a`)
  t.match(end.received, /^HTTP\/1\.1 408 Request Timeout\r\n/)
  t.ok(end.afterMs < 600 + checkMs + slackMs)
  await aborted.promise
  t.notOk(upstream.requests[0]?.complete)
  const line = await gate.logged(({ msg }) => msg === 'access')
  t.hasStrict(line, { path: '/x', outcome: 'deny', reason: 'request_timeout', status: 408 })
  t.equal(gate.lines.filter(({ msg }) => msg === 'access').length, 1)
})

t.test('an upload that moves outlives limits.requestTimeout (FLD-13)', async (t) => {
  const env = {
    COGATE_LIMITS_HEADERS_TIMEOUT: '300ms',
    COGATE_LIMITS_REQUEST_TIMEOUT: '300ms',
    COGATE_LIMITS_BODY_IDLE: '2s',
  }
  const { gate, head, upstream } = await startStack(t, { env })
  const end = await waitForEnd(t, gate.port, head('POST /x', 'Content-Length: 25', 'Connection: close'), (socket) => {
    const drip = setInterval(() => socket.write('x'), 100)
    socket.once('close', () => clearInterval(drip)).resume()
  })
  t.ok(end.afterMs >= 2400)
  t.hasStrict(upstream.requests, [{ complete: true, body: Buffer.from('x'.repeat(25)) }])
})

t.test('408 for a body that moves but takes longer than limits.bodyTimeout (FLD-13)', async (t) => {
  const env = { COGATE_LIMITS_BODY_IDLE: '5s', COGATE_LIMITS_BODY_TIMEOUT: '600ms' }
  const { gate, head, upstream } = await startStack(t, { env })
  const dripping = (socket: Socket) => {
    const drip = setInterval(() => socket.write('x'), 100)
    socket.once('close', () => clearInterval(drip)).resume()
  }
  const end = await waitForEnd(t, gate.port, head('POST /x', 'Content-Length: 1000'), dripping)
  t.ok(end.afterMs < 600 + checkMs + slackMs)
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { reason: 'request_timeout', status: 408 })
  t.notOk(upstream.requests[0]?.complete)
})

t.test('closes an idle connection after limits.keepAlive', async (t) => {
  const { gate, head } = await startStack(t, { env: { COGATE_LIMITS_KEEP_ALIVE: '200ms' } })
  const end = await waitForEnd(t, gate.port, head('GET /x'))
  t.match(end.received, /^HTTP\/1\.1 200 OK\r\n/)
  t.ok(end.afterMs < 200 + checkMs + slackMs)
})

t.test('cuts an answer whose upstream falls silent for upstream.idleTimeout', async (t) => {
  const dropped = Promise.withResolvers<void>()
  const { gate, head } = await startRawStack(
    t,
    (socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx'))
      socket.once('end', dropped.resolve)
    },
    { env: idle },
  )
  const end = await waitForEnd(t, gate.port, head('GET /x'))
  t.match(end.received, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nx$/s)
  t.ok(end.afterMs < 300 + slackMs)
  await dropped.promise
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { outcome: 'fail', reason: 'upstream_timeout' })
})

t.test('FLT-040 cuts a caller who stops reading for upstream.idleTimeout', async (t) => {
  const dropped = Promise.withResolvers<void>()
  // Made when it is wanted, it would take about as long as the gate waits for an answer.
  const body = Buffer.alloc(99_000_000)
  const { gate, head } = await startRawStack(
    t,
    (socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
        socket.write(body)
      })
      socket.once('close', () => dropped.resolve()).once('end', () => socket.destroy())
    },
    { env: { ...idle, COGATE_UPSTREAM_RESPONSE_TIMEOUT: '100ms', COGATE_UPSTREAM_CONNECT_TIMEOUT: '100ms' } },
  )
  const caller = connect(gate.port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  caller.write(head('GET /x'))
  await once(caller, 'readable')
  await dropped.promise
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { status: 200, aborted: true })
})

t.test('a caller who pauses within its upload is not taken for a slow upstream', async (t) => {
  const { gate, head, upstream } = await startStack(t, { env: { COGATE_UPSTREAM_RESPONSE_TIMEOUT: '200ms' } })
  const socket = connect(gate.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(`${head('POST /x', 'Content-Length: 10')}hello`)
  await upstream.received(1)
  await new Promise((resolve) => setTimeout(resolve, 600))
  socket.write('world')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n/)
  t.equal(upstream.requests[0]?.body.toString(), 'helloworld')
})

t.test('504 when the upstream takes neither the body nor answers', async (t) => {
  const { gate, head } = await startRawStack(t, (socket) => socket.pause(), {
    env: { COGATE_UPSTREAM_RESPONSE_TIMEOUT: '300ms' },
  })
  const socket = connect(gate.port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => socket.destroy())
  socket.write(head('POST /x', 'Content-Length: 99000000'))
  socket.write(Buffer.alloc(50_000_000))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 504 Gateway Timeout\r\n/)
})

t.test('503 for a request that waits too long for a connection; the stream that holds it goes on', async (t) => {
  const env = { COGATE_UPSTREAM_MAX_CONNECTIONS: '1', COGATE_UPSTREAM_WAIT_TIMEOUT: '300ms' }
  const { gate, head, send } = await startRawStack(
    t,
    (socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\nendless')),
    { env },
  )
  const streaming = connect(gate.port, '127.0.0.1')
  t.teardown(() => streaming.destroy())
  streaming.write(head('GET /events'))
  await once(streaming, 'data')
  const { responses } = await send(head('GET /x'))
  t.equal(responses[0]?.status, 503)
  t.notOk(streaming.destroyed)
})

t.test('a slow but steady upload and download outlive every idle timeout', async (t) => {
  const env = { COGATE_UPSTREAM_IDLE_TIMEOUT: '400ms', COGATE_UPSTREAM_RESPONSE_TIMEOUT: '400ms' }
  const { gate, authorization } = await startStack(t, {
    env,
    handler: (request, response) => request.pipe(response),
  })
  async function* drops() {
    for (let drop = 0; drop < 8; drop++) {
      yield 'x'
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const body = ReadableStream.from(drops()).pipeThrough(new TextEncoderStream())
  const response = await fetch(gate.url, { method: 'POST', headers: { authorization }, body, duplex: 'half' })
  t.equal(await response.text(), 'x'.repeat(8))
})
