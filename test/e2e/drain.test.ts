/** The end of a gate: not ready at once, serving for the delay, finishing what runs, and never held up for longer. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { untilMetrics } from '../helpers/metrics.ts'
import { startRawStack, startStack } from '../helpers/stack.ts'

async function ask(t: Test, port: number, bytes: string): Promise<Socket> {
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  await once(caller, 'connect')
  caller.write(bytes)
  return caller
}

/** However it comes: the gate resets what it has not read. */
function closeOf(caller: Socket): Promise<unknown> {
  return new Promise((resolve) => caller.resume().once('close', resolve))
}

async function answerOn(caller: Socket): Promise<string> {
  const [bytes] = (await once(caller, 'data')) as [Buffer]
  return bytes.toString()
}

t.test('FLT-055 FLT-056 is not ready at once, lives, and answers everybody with Connection: close', async (t) => {
  const { gate, head, send } = await startStack(t, { env: { COGATE_DRAIN_DELAY: '500ms' } })
  t.equal((await fetch(`${gate.opsUrl}/readyz`)).status, 200)
  const keptAlive = await ask(t, gate.port, head('GET /before'))
  t.match(await answerOn(keptAlive), /^HTTP\/1\.1 200 OK\r\n.*Connection: keep-alive\r\n/s)
  const drained = gate.drain()
  const ready = await fetch(`${gate.opsUrl}/readyz`)
  t.equal(ready.status, 503)
  t.hasStrict(await ready.json(), { ready: false, draining: true })
  t.equal((await fetch(`${gate.opsUrl}/livez`)).status, 200)
  keptAlive.write(head('GET /during'))
  t.match(await answerOn(keptAlive), /^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n/s)
  const { responses, closed } = await send(head('GET /new'))
  t.hasStrict(responses, [{ status: 200, headers: { connection: ['close'] } }])
  t.ok(closed)
  const refused = await send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  t.hasStrict(refused.responses, [{ status: 401, headers: { connection: ['close'] } }])
  await drained
  await t.rejects(send(head('GET /after')), { code: 'ECONNREFUSED' })
  await t.rejects(fetch(`${gate.opsUrl}/livez`))
})

t.test('lets a request that began before end whole, and closes its connection', async (t) => {
  const { gate, head } = await startRawStack(t, (socket) => {
    socket.once('data', () => {
      void gate
        .logged(({ msg }) => msg === 'draining')
        .then(() => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
          setTimeout(() => socket.write('world'), 200)
        })
    })
  })
  const caller = await ask(t, gate.port, head('GET /slow'))
  const metric = /^cogate_requests_in_flight 1$/m
  await untilMetrics(gate.opsUrl, (metrics) => metric.test(metrics))
  const [received] = await Promise.all([caller.toArray() as Promise<Buffer[]>, gate.drain()])
  const text = Buffer.concat(received).toString()
  t.match(text, /^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n\r\nhelloworld$/s)
  t.hasStrict(await gate.logged(({ msg }) => msg === 'drained'), { unfinished: 0 })
})

for (const [what, bytes] of Object.entries({
  'an idle connection': '',
  'a request of half a line': 'GET /x HT',
  'a request of half a head': 'GET /x HTTP/1.1\r\nHo',
})) {
  t.test(`FLT-058 is not held up by ${what}`, async (t) => {
    const { gate } = await startStack(t, { env: { COGATE_DRAIN_TIMEOUT: '1m' } })
    const caller = await ask(t, gate.port, bytes)
    const closed = closeOf(caller)
    await gate.drain()
    await closed
    t.hasStrict(await gate.logged(({ msg }) => msg === 'drained'), { unfinished: 0 })
  })
}

for (const [what, request, answer] of [
  ['a body that does not arrive', 'Content-Length: 100', ''],
  ['an answer without an end', 'X: 1', 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'],
] as const) {
  t.test(`FLT-059 waits for drain.timeout and no longer for ${what}`, async (t) => {
    const { gate, head, upstream } = await startRawStack(
      t,
      (socket) => socket.once('data', () => socket.write(answer)),
      {
        env: { COGATE_DRAIN_TIMEOUT: '300ms' },
      },
    )
    const caller = await ask(t, gate.port, head('POST /x', request))
    await upstream.connected(1)
    const closed = closeOf(caller)
    await gate.drain()
    await closed
    t.hasStrict(await gate.logged(({ msg }) => msg === 'drained'), { unfinished: 1 })
    t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { aborted: true })
  })
}

t.test('a second close after the drain is no fault', async (t) => {
  const { gate } = await startStack(t)
  await gate.drain()
  await t.resolves(gate.close())
})
