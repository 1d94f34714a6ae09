/** A service whose name has two addresses, one of them slow or dead. */
import dns from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { LookupFunction } from 'node:net'
import t, { type Test } from 'tap'
import { createKeyFetcher } from '../../src/tokens/keys/fetch.ts'
import { startHanging } from '../helpers/hanging-service.ts'
import { startStackBefore } from '../helpers/stack.ts'

const lookup = dns.lookup
const twoAddresses: LookupFunction = (name, options, done) => {
  if (name !== 'two.example' && name !== 'localhost') return lookup(name, options, done)
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }))
  process.nextTick(() => (options.all ? done(null, addresses) : done(null, '127.0.0.1', 4)))
}
dns.lookup = twoAddresses as typeof dns.lookup
t.teardown(() => {
  dns.lookup = lookup
})

async function ask(t: Test, port: number, connectTimeout = '5s') {
  const env = { COGATE_UPSTREAM_CONNECT_TIMEOUT: connectTimeout }
  const stack = await startStackBefore(t, `http://two.example:${port}`, { env })
  const startedAt = performance.now()
  const { responses } = await stack.send(stack.head('GET /x'), { timeoutMs: 15_000 })
  return { ...stack, response: responses[0], tookMs: performance.now() - startedAt }
}

t.test('200 from a slow first address while the second refuses (FLD-07)', async (t) => {
  const { response } = await ask(t, await startHanging(t, { callers: 4, hangsMs: 700 }))
  t.equal(response?.status, 200)
  t.equal(response?.body.toString(), 'slow')
})

t.test('200 in a second from the second address while the first drops everything (FLD-07)', async (t) => {
  const port = await startHanging(t, { callers: 4, hangsMs: 60_000 })
  const good = createServer((_request, response) => response.end('good'))
  await once(good.listen(port, '127.0.0.2'), 'listening')
  t.teardown(() => good.close().closeAllConnections())
  const { response, tookMs } = await ask(t, port)
  t.equal(response?.body.toString(), 'good')
  t.ok(tookMs < 2000, `${tookMs} ms`)
})

t.test('504 with a reason in the log when no address answers in time (FLD-07)', async (t) => {
  const { response, gate } = await ask(t, await startHanging(t, { callers: 4, hangsMs: 60_000 }), '600ms')
  t.equal(response?.status, 504)
  t.hasStrict(await gate.logged(({ msg }) => msg === 'upstream failed'), { reason: 'upstream_timeout' })
  t.match(
    gate.lines.find(({ msg }) => msg === 'upstream failed'),
    { err: { message: /./ } },
  )
})

t.test('502 with a reason in the log when all addresses refuse (FLD-07)', async (t) => {
  const closed = createServer()
  await once(closed.listen(0, '127.0.0.1'), 'listening')
  const bound = closed.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0
  closed.close()
  const { response, gate } = await ask(t, port)
  t.equal(response?.status, 502)
  t.match(await gate.logged(({ msg }) => msg === 'upstream failed'), { err: { message: /127\.0\.0\.2/ } })
})

t.test('keys come from a slow first address while the second refuses (FLD-07)', async (t) => {
  const port = await startHanging(t, { callers: 4, hangsMs: 700 })
  const keys = createKeyFetcher()
  t.teardown(() => keys.close())
  const body = await keys.fetchKeys(`http://localhost:${port}/jwks.json`, { timeoutMs: 5000, maxBytes: 100 })
  t.equal(Buffer.from(body).toString(), 'slow')
})
