/** Names that lead nowhere, or elsewhere than before. */
import dns from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { LookupFunction } from 'node:net'
import t, { type Test } from 'tap'
import { startStackBefore } from '../helpers/stack.ts'

t.test('FLT-011 502 without the name when it does not exist', async (t) => {
  const { head, send, gate } = await startStackBefore(t, 'http://no-such-host.invalid:8080')
  const { responses } = await send(head('GET /x'), { timeoutMs: 20_000 })
  t.equal(responses[0]?.status, 502)
  t.match(JSON.parse(responses[0]?.body.toString() ?? ''), { code: 'upstream_unreachable' })
  t.notMatch(responses[0]?.body.toString(), /no-such-host|ENOTFOUND|EAI_AGAIN/)
  t.match(await gate.logged(({ msg }) => msg === 'upstream failed'), { err: { code: /ENOTFOUND|EAI_AGAIN/ } })
})

/** An upstream that says who it is and can be ended. */
async function startNamed(t: Test, address: string, port: number) {
  const server = createServer((_request, response) => response.end(address))
  await once(server.listen(port, address), 'listening')
  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close().closeAllConnections()
    await closed
  }
  t.teardown(close)
  const bound = server.address()
  return { port: bound !== null && typeof bound === 'object' ? bound.port : 0, close }
}

/** The system's resolver says what the test says. */
function answerLookups(t: Test): (address: string) => void {
  const original = dns.lookup
  let current = ''
  const lookup: LookupFunction = (name, options, done) => {
    if (name !== 'service.example') return original(name, options, done)
    process.nextTick(() => (options.all ? done(null, [{ address: current, family: 4 }]) : done(null, current, 4)))
  }
  dns.lookup = lookup as typeof dns.lookup
  t.teardown(() => {
    dns.lookup = original
  })
  return (address) => {
    current = address
  }
}

t.test('follows a name to its new address once the old one is gone', async (t) => {
  const leadTo = answerLookups(t)
  const first = await startNamed(t, '127.0.0.1', 0)
  await startNamed(t, '127.0.0.2', first.port)
  leadTo('127.0.0.1')
  const { head, send } = await startStackBefore(t, `http://service.example:${first.port}`)
  const ask = async () => (await send(head('GET /x'))).responses[0]?.body.toString()
  t.equal(await ask(), '127.0.0.1')
  leadTo('127.0.0.2')
  t.equal(await ask(), '127.0.0.1', 'a connection that is kept is used on')
  await first.close()
  t.equal(await ask(), '127.0.0.2')
})
