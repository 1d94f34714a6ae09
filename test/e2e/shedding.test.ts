/** A late event loop: new requests are turned away before any work is done, what runs is finished, and it passes. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { startStack } from '../helpers/stack.ts'
import { createTimers } from '../helpers/timers.ts'

/** The loop of the gate turns when the test says so. */
async function startLateStack(t: Test, handler?: (request: unknown, response: ServerResponse) => unknown) {
  const loopClock = createTimers()
  const env = { COGATE_LIMITS_EVENT_LOOP_DELAY: '200ms' }
  const stack = await startStack(t, {
    env,
    loopClock,
    routes: [{ path: '/open', auth: 'none' }],
    ...(handler && { handler }),
  })
  const look = (times: number, delayMs: number) => {
    for (let i = 0; i < times; i++) loopClock.advance(100 + delayMs)
  }
  return { ...stack, becomeLate: () => look(2, 300), catchUp: () => look(5, 0), loopClock }
}

t.test('503 overloaded with Retry-After, no token looked at and nothing sent upstream', async (t) => {
  const { becomeLate, send, head, upstream, gate } = await startLateStack(t)
  becomeLate()
  const requests = [
    head('GET /x'),
    `${head('POST /x', 'Content-Length: 2')}hi`,
    'GET /open HTTP/1.1\r\nHost: a\r\n\r\n',
  ]
  for (const bytes of requests) {
    const { responses, closed } = await send(bytes)
    t.hasStrict(responses, [{ status: 503, headers: { 'retry-after': ['5'] } }])
    t.hasStrict(JSON.parse(responses[0]?.body.toString() ?? ''), { code: 'overloaded' })
    t.notOk(closed, 'the connection is kept: opening another costs more')
  }
  t.equal(upstream.requests.length, 0)
  t.match(await metricsOf(gate.opsUrl), `{route="none",outcome="deny",reason="overloaded"} ${requests.length}`)
  t.match(await metricsOf(gate.opsUrl), 'cogate_token_cache_misses_total 0')
  t.hasStrict(await gate.logged(({ reason }) => reason === 'overloaded'), { route: 'none', outcome: 'deny' })
  t.hasStrict(await gate.logged(({ msg }) => String(msg).startsWith('shedding')), { level: 'warn', delayMs: 300 })
})

async function metricsOf(opsUrl: string): Promise<string> {
  return (await fetch(`${opsUrl}/metrics`)).text()
}

t.test('refuses a WebSocket as well, and ends its connection', async (t) => {
  const { becomeLate, head, gate } = await startLateStack(t)
  becomeLate()
  const socket = connect(gate.port, '127.0.0.1')
  socket.write(head('GET /ws', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'))
  let received = ''
  socket.on('data', (data: Buffer) => (received += data.toString()))
  await once(socket, 'close')
  t.match(received, /^HTTP\/1\.1 503 .*"code":"overloaded"/s)
})

t.test('finishes what runs, and health and metrics answer', async (t) => {
  const held: ServerResponse[] = []
  const { becomeLate, send, head, upstream, gate } = await startLateStack(t, (_request, response) =>
    held.push(response),
  )
  const running = send(head('GET /running'))
  await upstream.received(1)
  becomeLate()
  for (const path of ['/livez', '/readyz', '/metrics']) t.equal((await fetch(gate.opsUrl + path)).status, 200, path)
  held[0]?.end('done')
  t.hasStrict((await running).responses, [{ status: 200 }])
})

t.test('serves again once the loop has been in time for a while', async (t) => {
  const { becomeLate, catchUp, send, head, gate } = await startLateStack(t)
  becomeLate()
  t.hasStrict((await send(head('GET /x'))).responses, [{ status: 503 }])
  catchUp()
  t.hasStrict((await send(head('GET /x'))).responses, [{ status: 200 }])
  t.hasStrict(await gate.logged(({ msg }) => msg === 'shedding is over'), { level: 'info' })
})

t.test('leaves no timer behind when the gate is closed', async (t) => {
  const { gate, loopClock } = await startLateStack(t)
  t.equal(loopClock.waiting, 1)
  await gate.close()
  t.equal(loopClock.waiting, 0)
})

t.test('reads nothing behind a request whose framing is in doubt', async (t) => {
  const { becomeLate, send } = await startLateStack(t)
  becomeLate()
  const next = 'GET /open HTTP/1.1\r\nHost: a\r\n\r\n'
  for (const framing of [
    'POST /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  ]) {
    const { responses, closed } = await send(`${framing}${next}`)
    t.strictSame(
      responses.map(({ status }) => status),
      [400],
      framing,
    )
    t.ok(closed)
  }
})
