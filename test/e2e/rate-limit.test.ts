/** One caller who comes too often is told so and when to come again; the others do not notice. */
import t, { type Test } from 'tap'
import { createClock } from '../helpers/clock.ts'
import type { RawResponse } from '../helpers/raw-socket.ts'
import type { StackOptions } from '../helpers/stack.ts'
import { startStack } from '../helpers/stack.ts'

type Environment = NonNullable<StackOptions['env']>

async function startLimitedStack(t: Test, env: Environment) {
  const clock = createClock()
  const stack = await startStack(t, { env, now: clock.now, routes: [{ path: '/open', auth: 'none' }] })
  /** One request after another, each on a connection of its own. */
  const ask = async (count: number, bytes: string): Promise<readonly RawResponse[]> => {
    const responses: RawResponse[] = []
    for (let i = 0; i < count; i++) responses.push(...(await stack.send(bytes)).responses)
    return responses
  }
  return { ...stack, clock, ask }
}

const statusesOf = (responses: readonly RawResponse[]) => responses.map(({ status }) => status)
const metricsOf = async (opsUrl: string) => (await fetch(`${opsUrl}/metrics`)).text()

t.test('429 rate_limited for a verified caller, with the fields that tell when to come again', async (t) => {
  const env = { COGATE_RATE_LIMIT_PER_SUBJECT: '2/s', COGATE_RATE_LIMIT_BURST: '3' }
  const { ask, head, clock, upstream, gate, issuer } = await startLimitedStack(t, env)
  const answers = await ask(4, head('GET /x'))
  t.same(statusesOf(answers), [200, 200, 200, 429])
  t.hasStrict(answers[3]?.headers, {
    'content-type': ['application/problem+json'],
    'retry-after': ['1'],
    'ratelimit-policy': ['"subject";q=2;w=1'],
    ratelimit: ['"subject";r=0;t=1'],
  })
  t.hasStrict(JSON.parse(answers[3]?.body.toString() ?? ''), { status: 429, code: 'rate_limited' })
  t.equal(upstream.requests.length, 3)
  const line = await gate.logged(({ reason }) => reason === 'rate_limited')
  t.hasStrict(line, { outcome: 'deny', route: 'default', status: 429, clientId: issuer.clientId })
  t.match(await metricsOf(gate.opsUrl), '{route="default",outcome="deny",reason="rate_limited"} 1')
  const other = `Bearer ${issuer.mintAccessToken({ username: 'somebody-else' })}`
  t.same(statusesOf(await ask(1, `GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: ${other}\r\n\r\n`)), [200])
  clock.advance(1000)
  t.same(statusesOf(await ask(3, head('GET /x'))), [200, 200, 429], 'what the rate allows in the time it was told')
})

t.test('429 rate_limited for an address, public paths included, and for a WebSocket', async (t) => {
  const { ask, head, gate } = await startLimitedStack(t, { COGATE_RATE_LIMIT_PER_ADDRESS: '2/m' })
  const open = 'GET /open HTTP/1.1\r\nHost: a\r\n\r\n'
  const answers = await ask(3, open)
  t.same(statusesOf(answers), [200, 200, 429])
  t.hasStrict(answers[2]?.headers, {
    'retry-after': ['30'],
    'ratelimit-policy': ['"address";q=2;w=60'],
    ratelimit: ['"address";r=0;t=30'],
  })
  const upgrade = head('GET /ws', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13')
  t.same(statusesOf(await ask(1, upgrade)), [429])
  t.match(await metricsOf(gate.opsUrl), '{route="/open",outcome="deny",reason="rate_limited"} 1')
})

t.test('one that is not limited gets nothing of it: no field, no refusal', async (t) => {
  const { ask, head } = await startLimitedStack(t, {})
  const answers = await ask(5, head('GET /x'))
  t.same(statusesOf(answers), [200, 200, 200, 200, 200])
  t.notOk('ratelimit' in (answers[0]?.headers ?? {}))
})

t.test('tells the callers behind a trusted proxy apart', async (t) => {
  const limit = { COGATE_RATE_LIMIT_PER_ADDRESS: '1/m' }
  const trusting = await startLimitedStack(t, { ...limit, COGATE_FORWARDED_TRUST: '127.0.0.0/8' })
  const from = (address: string) => trusting.head('GET /x', `X-Forwarded-For: ${address}`)
  t.same(statusesOf(await trusting.ask(2, from('192.0.2.1'))), [200, 429])
  t.same(statusesOf(await trusting.ask(1, from('192.0.2.2'))), [200])
  const wary = await startLimitedStack(t, limit)
  t.same(statusesOf(await wary.ask(1, wary.head('GET /x', 'X-Forwarded-For: 192.0.2.1'))), [200])
  t.same(statusesOf(await wary.ask(1, wary.head('GET /x', 'X-Forwarded-For: 192.0.2.2'))), [429])
})
