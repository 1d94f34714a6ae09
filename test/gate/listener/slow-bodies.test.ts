/** Which uploads are too slow, on sockets and with a clock that only the test moves. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { endSilentCallers } from '../../../src/gate/listener/silent-callers.ts'
import type { BodyLimits } from '../../../src/gate/listener/slow-bodies.ts'
import { createClock } from '../../helpers/clock.ts'
import { listenOnLoopback } from '../../helpers/listen.ts'

const defaults = { requestTimeoutMs: 300_000, bodyIdleMs: 30_000, bodyRateBytes: 1024 }
const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n'
const second = 1000

interface Rig {
  readonly caller: Socket
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The server has found the body too slow and says so. */
  readonly timedOut: () => boolean
  readonly closed: Promise<unknown>
  /** Sends so many bytes, which arrive; then so much time passes, in sweeps of a second. */
  pass(seconds: number, bytesEach?: number): Promise<void>
}

async function upload(t: Test, limits: BodyLimits = defaults): Promise<Rig> {
  const clock = createClock(0)
  const sweeps: (() => void)[] = []
  const arrived = Promise.withResolvers<[IncomingMessage, ServerResponse]>()
  const server = createServer({ requestTimeout: 0 }, (req, res) => arrived.resolve([req.resume(), res]))
  const silence = { idleTimeoutMs: 3_600_000, keepAliveMs: 3_600_000, bodies: limits }
  const startSweep = (_shortestMs: number, sweep: () => void) => {
    sweeps.push(sweep)
    return () => undefined
  }
  endSilentCallers(server, silence, { now: clock.now, startSweep })
  const { port } = await listenOnLoopback(t, server)
  let isTimedOut = false
  server.on('clientError', ({ code }: NodeJS.ErrnoException) => {
    isTimedOut ||= code === 'ERR_HTTP_REQUEST_TIMEOUT'
  })
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  const closed = once(caller.resume(), 'close')
  caller.write(head)
  const [req, res] = await arrived.promise
  const pass = async (seconds: number, bytesEach = 0): Promise<void> => {
    for (let passed = 0; passed < seconds && !req.socket.destroyed; passed++) {
      const expected = req.socket.bytesRead + bytesEach
      if (bytesEach > 0) caller.write(Buffer.alloc(bytesEach))
      while (req.socket.bytesRead < expected) await new Promise(setImmediate)
      clock.advance(second)
      for (const sweep of sweeps) sweep()
    }
  }
  await pass(1)
  return { caller, req, res, timedOut: () => isTimedOut, closed, pass }
}

t.test('an upload lives as long as it moves, for an hour and more (FLD-13)', async (t) => {
  const { timedOut, pass } = await upload(t)
  await pass(3700, 1100)
  t.notOk(timedOut())
})

t.test('a body without a byte for limits.bodyIdle has timed out, and no sooner (FLD-13)', async (t) => {
  const { timedOut, pass } = await upload(t, { ...defaults, bodyIdleMs: 10_000 })
  await pass(5, 5000)
  await pass(9)
  t.notOk(timedOut())
  await pass(1, 0)
  t.ok(timedOut())
})

t.test('a body that comes below limits.bodyRate has timed out after 30 seconds, and no sooner (FLD-13)', async (t) => {
  const { timedOut, pass } = await upload(t)
  await pass(29, 1000)
  t.notOk(timedOut())
  await pass(1, 1000)
  t.ok(timedOut())
})

t.test('a fast beginning does not pay for a trickle behind it (FLD-13)', async (t) => {
  const { timedOut, pass } = await upload(t)
  await pass(30, 100_000)
  await pass(30, 1)
  t.ok(timedOut())
})

t.test('a burst in each 30 seconds is fast enough (FLD-13)', async (t) => {
  const { timedOut, pass } = await upload(t)
  for (let burst = 0; burst < 10; burst++) {
    await pass(1, 31_000)
    await pass(29)
  }
  t.notOk(timedOut())
})

t.test('without limits.bodyRate a trickle lives as long as it moves (FLD-13)', async (t) => {
  const { timedOut, pass } = await upload(t, { requestTimeoutMs: 300_000, bodyIdleMs: 30_000 })
  await pass(1000, 1)
  t.notOk(timedOut())
})

t.test('limits.bodyTimeout bounds even a fast body (FLD-13)', async (t) => {
  const { timedOut, pass } = await upload(t, { ...defaults, bodyTimeoutMs: 60_000 })
  await pass(59, 2000)
  t.notOk(timedOut())
  await pass(1, 2000)
  t.ok(timedOut())
})

t.test('time in which the gate does not read is not held against the caller (FLD-13)', async (t) => {
  const { req, timedOut, pass } = await upload(t)
  await pass(20, 1)
  req.pause()
  await pass(600)
  req.resume()
  await pass(29, 1)
  t.notOk(timedOut())
  await pass(1, 1)
  t.ok(timedOut())
})

t.test(
  'the rest of a body that is answered already ends with limits.requestTimeout, without a word (FLD-13)',
  async (t) => {
    const { req, res, timedOut, closed, pass } = await upload(t)
    await pass(400, 2000)
    res.end('refused')
    await once(res, 'finish')
    await pass(300, 2000)
    t.notOk(req.socket.destroyed)
    await pass(1, 2000)
    await closed
    t.notOk(timedOut(), 'a second answer would be taken for that to the next request')
  },
)

t.test('the rest of an answered body that falls silent ends with limits.bodyIdle (FLD-13)', async (t) => {
  const { res, timedOut, closed, pass } = await upload(t)
  res.end('refused')
  await once(res, 'finish')
  await pass(32)
  await closed
  t.notOk(timedOut())
})

t.test('one body is called slow once (FLD-13)', async (t) => {
  const { req, pass } = await upload(t, { ...defaults, bodyTimeoutMs: 5000 })
  await pass(100, 2000)
  t.notOk(req.socket.destroyed, 'whoever is told of it ends the connection')
})
