/** When a caller leaves, so does its request: nothing upstream goes on for nobody. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { readMetrics, untilMetrics } from '../helpers/metrics.ts'
import { startRawStack, startStack } from '../helpers/stack.ts'

const withinMs = 1000

async function ask(t: Test, port: number, bytes: string): Promise<Socket> {
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  await once(caller, 'connect')
  caller.write(bytes)
  return caller
}

/** Resolves with what is over first. */
async function inTime(promise: Promise<unknown>): Promise<boolean> {
  const signal = AbortSignal.timeout(withinMs)
  const late = once(signal, 'abort').then(() => false)
  return Promise.race([promise.then(() => true), late])
}

for (const how of ['end', 'destroy', 'resetAndDestroy'] as const) {
  t.test(`FLT-034 FLT-042 aborts upstream when the caller leaves before the answer (${how})`, async (t) => {
    const asked = Promise.withResolvers<void>()
    const dropped = Promise.withResolvers<void>()
    const { gate, head } = await startRawStack(t, (socket) => {
      socket.once('data', () => asked.resolve()).once('end', dropped.resolve)
    })
    const caller = await ask(t, gate.port, head('GET /hang'))
    await asked.promise
    caller[how]()
    t.ok(await inTime(dropped.promise), `within ${withinMs} ms`)
    const line = await gate.logged(({ msg }) => msg === 'access')
    t.hasStrict(line, { outcome: 'allow', status: 499, aborted: true })
  })
}

t.test('FLT-036 drops the upstream connection when the caller leaves within the answer', async (t) => {
  const dropped = Promise.withResolvers<void>()
  const { gate, head } = await startRawStack(t, (socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n'))
    socket.once('close', () => dropped.resolve()).once('end', () => socket.destroy())
    const more = (): void => void (socket.writable && socket.write(Buffer.alloc(65536), more))
    socket.once('data', more)
  })
  const caller = await ask(t, gate.port, head('GET /large'))
  await once(caller, 'data')
  caller.resetAndDestroy()
  t.ok(await inTime(dropped.promise))
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { outcome: 'allow', status: 200, aborted: true })
})

t.test('FLT-032 shows the upstream an aborted request when the caller leaves within its body', async (t) => {
  for (const framing of ['Content-Length: 50', 'Transfer-Encoding: chunked']) {
    for (const how of ['end', 'resetAndDestroy'] as const) {
      const aborted = Promise.withResolvers<void>()
      const { gate, head, upstream } = await startStack(t, {
        handler: (request) => request.on('error', () => aborted.resolve()),
      })
      const caller = await ask(t, gate.port, `${head('POST /x', framing)}5\r\nhello\r\n`)
      await upstream.received(1)
      caller[how]()
      t.ok(await inTime(aborted.promise), `${framing}, ${how}`)
      t.notOk(upstream.requests.some(({ complete }) => complete))
      await gate.logged(({ msg }) => msg === 'access')
      t.equal(gate.lines.filter(({ msg }) => msg === 'access').length, 1)
    }
  }
})

t.test('never sends a request whose caller leaves within its body while it waits in line', async (t) => {
  for (const how of ['end', 'resetAndDestroy'] as const) {
    const { gate, head, send, upstream } = await startStack(t, {
      env: { COGATE_UPSTREAM_MAX_CONNECTIONS: '1' },
      handler: (request, response) => request.url === '/ok' && response.end('ok'),
    })
    const first = await ask(t, gate.port, head('GET /hang'))
    await upstream.received(1)
    const caller = await ask(t, gate.port, `${head('POST /x', 'Content-Length: 50')}hello`)
    const waits = (metrics: string) => /^cogate_requests_waiting 1$/m.test(metrics)
    await untilMetrics(gate.opsUrl, waits)
    caller[how]()
    await untilMetrics(gate.opsUrl, (metrics) => !waits(metrics))
    first.destroy()
    const { responses } = await send(head('GET /ok'))
    t.equal(responses[0]?.status, 200, how)
    t.strictSame(
      upstream.requests.map(({ url }) => url),
      ['/hang', '/ok'],
    )
  }
})

t.test('FLT-035 200 callers who gave up on a hanging path do not hold up the next one', async (t) => {
  const { gate, head, send, upstream } = await startStack(t, {
    env: { COGATE_UPSTREAM_MAX_CONNECTIONS: '20' },
    handler: (request, response) => request.url === '/ok' && response.end('ok'),
  })
  const callers = await Promise.all(Array.from({ length: 200 }, () => ask(t, gate.port, head('GET /hang'))))
  await upstream.received(20)
  for (const caller of callers) caller.resetAndDestroy()
  const { responses } = await send(head('GET /ok'), { timeoutMs: 3000 })
  t.equal(responses[0]?.status, 200)
  const metrics = await readMetrics(gate.opsUrl)
  t.match(metrics, /^cogate_requests_in_flight 0$/m)
})
