/** Answers that are under way when the token of their request expires; the clock is the test's. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { createClock } from '../helpers/clock.ts'
import type { StackOptions } from '../helpers/stack.ts'
import { startStack } from '../helpers/stack.ts'

const on = { COGATE_AUTH_END_STREAMS_AT_EXPIRY: 'true' }
const hour = 3_600_000

/** A caller of an answer that has begun and does not end by itself. */
async function openStream(t: Test, env: NonNullable<StackOptions['env']>, type: string) {
  const clock = createClock()
  const dropped = Promise.withResolvers<void>()
  const { gate, head, issuer } = await startStack(t, {
    env,
    now: clock.now,
    handler: (_request, response) => {
      response.on('close', dropped.resolve)
      response.writeHead(200, { 'Content-Type': type })
      response.write('data: 1\n\n')
    },
  })
  const caller = connect(gate.port, '127.0.0.1')
  t.teardown(() => caller.destroy())
  let received = ''
  caller.on('data', (chunk: Buffer) => (received += chunk.toString()))
  caller.write(head('GET /events'))
  await once(caller, 'data')
  return { gate, clock, caller, issuer, dropped: dropped.promise, received: () => received }
}

t.test('an event stream ends with its token where auth.endStreamsAtExpiry asks for it (FLD-38)', async (t) => {
  const { gate, clock, caller, dropped, received } = await openStream(t, on, 'text/event-stream; charset=utf-8')
  clock.advance(2 * hour)
  await once(caller, 'close')
  t.match(received(), /^HTTP\/1\.1 200 OK\r\n.*data: 1\n\n\r\n0\r\n\r\n$/s, 'it is complete')
  await dropped
  const line = await gate.logged(({ msg }) => msg === 'access')
  t.hasStrict(line, { path: '/events', status: 200, reason: 'token_expired' })
})

t.test('any other answer is cut, for it must not look whole (FLD-38)', async (t) => {
  const { gate, clock, caller, dropped, received } = await openStream(t, on, 'application/x-ndjson')
  clock.advance(2 * hour)
  await once(caller, 'close')
  t.match(received(), /data: 1\n\n\r\n$/)
  await dropped
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { status: 200, reason: 'token_expired' })
})

t.test('a stream whose token lives on goes on (FLD-38)', async (t) => {
  const { gate, clock, caller, issuer } = await openStream(t, on, 'text/event-stream')
  const authorization = `Bearer ${issuer.mintAccessToken({ expiresInSeconds: 86_400 })}`
  const other = await fetch(`${gate.url}/other`, { headers: { authorization } })
  clock.advance(2 * hour)
  await once(caller, 'close')
  t.strictSame(gate.lines.filter(({ reason }) => reason === 'token_expired').length, 1)
  const reader = other.body?.getReader()
  t.equal(new TextDecoder().decode((await reader?.read())?.value), 'data: 1\n\n')
  t.notOk(
    gate.lines.some(({ path }) => path === '/other'),
    'it is not over',
  )
  await reader?.cancel()
})
