/** What never became a request: what its sender is told, and what the log and the metrics say of it. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { startStack } from '../helpers/stack.ts'

const token = 'Host: a\r\n\r\n'
const checkMs = 1000
const slackMs = 1500

async function metricOf(opsUrl: string, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text()
  return new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]
}

/** A connection on which nothing is sent. Returns what came back. */
async function wait(t: Test, port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const startedAt = performance.now()
  let received = ''
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
  await once(socket, 'close')
  t.ok(performance.now() - startedAt < 300 + checkMs + slackMs)
  return received
}

t.test('a connection without a byte is closed without a word, and counted apart (FLD-39)', async (t) => {
  const { gate, send, head } = await startStack(t, { env: { COGATE_LIMITS_HEADERS_TIMEOUT: '300ms' } })
  t.strictSame(await Promise.all([wait(t, gate.port), wait(t, gate.port)]), ['', ''])
  t.equal((await send(head('GET /after'))).responses[0]?.status, 200)
  await gate.logged(({ path }) => path === '/after')
  t.equal(gate.lines.filter(({ msg }) => msg === 'access').length, 1)
  t.equal(await metricOf(gate.opsUrl, 'cogate_connections_unused_total'), '2')
  const decisions = await (await fetch(`${gate.opsUrl}/metrics`)).text()
  t.notMatch(decisions, 'reason="request_timeout"')
})

for (const [what, bytes, method, path] of [
  ['a raw UTF-8 byte in the query', `GET /search?q=\xc3\xa9 HTTP/1.1\r\n${token}`, 'GET', '/search'],
  ['a raw byte in the path', `GET /caf\xe9 HTTP/1.1\r\n${token}`, 'GET', '/caf\\xE9'],
  ['an unknown method', `FOO /x HTTP/1.1\r\n${token}`, 'FOO', '/x'],
  ['CONNECT', `CONNECT a:443 HTTP/1.1\r\n${token}`, 'CONNECT', 'a:443'],
  ['an invalid header', `PUT /x HTTP/1.1\r\nA b: c\r\n${token}`, 'PUT', '/x'],
] as const) {
  t.test(`400 for ${what}, and the log says what was sent (FLD-21)`, async (t) => {
    const { gate, send } = await startStack(t)
    const { responses, closed } = await send(bytes)
    t.equal(responses[0]?.status, 400)
    t.ok(closed)
    const line = await gate.logged(({ msg }) => msg === 'access')
    t.hasStrict(line, { method, path, reason: 'request_malformed', status: 400 })
  })
}

t.test('the 400 to a malformed HEAD has no body (FLD-47)', async (t) => {
  const { send } = await startStack(t)
  const { raw } = await send(`HEAD /x HTTP/1.1\r\nA b: c\r\n${token}`)
  t.match(raw.toString(), /^HTTP\/1\.1 400 Bad Request\r\n.*\r\n\r\n$/s)
  t.notMatch(raw.toString(), 'request_malformed')
})

t.test(
  'a malformed HEAD behind a GET without its answer: the 400 has the body that a GET expects (FLD-47)',
  async (t) => {
    const { send, head } = await startStack(t, { handler: () => undefined })
    const { responses } = await send(`${head('GET /slow')}HEAD /x HTTP/1.1\r\nA b: c\r\n${token}`)
    t.hasStrict(responses, [{ status: 400, complete: true }])
    t.match(responses[0]?.body.toString(), 'request_malformed')
  },
)
