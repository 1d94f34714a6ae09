/**
 * Rate limits that several gates share through a real Redis: the sum holds, and while Redis is away nobody waits for it and the limits
 * of each process hold.
 */
import t, { type Test } from 'tap'
import type { TestGate } from '../helpers/gateway.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { skipRedis, startRedis } from '../helpers/redis.ts'
import { startUpstream } from '../helpers/upstream.ts'

const skip = skipRedis

async function startWorld(t: Test, env: object, redisOptions: readonly string[] = []) {
  const [issuer, upstream, redis] = await Promise.all([
    startTestIssuer(t),
    startUpstream(t),
    startRedis(t, redisOptions),
  ])
  const start = (more: object = {}) =>
    startTestGate(t, {
      issuer,
      upstream: upstream.url,
      routes: [{ path: '/open', auth: 'none' }],
      env: {
        COGATE_REDIS_URL: redis.url,
        COGATE_RATE_LIMIT_STORE: 'redis',
        // On a machine with too much work an answer may take longer than ten milliseconds.
        COGATE_RATE_LIMIT_REDIS_TIMEOUT: '1s',
        ...env,
        ...more,
      },
    })
  return { issuer, redis, start }
}

async function ask(
  { port }: TestGate,
  { token, path = '/' }: { readonly token?: string; readonly path?: string } = {},
) {
  const began = performance.now()
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  await answer.arrayBuffer()
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), ms: performance.now() - began }
}

type Answer = Awaited<ReturnType<typeof ask>>

const passed = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 200).length
const refused = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 429).length

async function askInTurn(
  gates: readonly TestGate[],
  count: number,
  what: Parameters<typeof ask>[1],
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let index = 0; index < count; index++) {
    const gate = gates[index % gates.length]
    if (gate) answers.push(await ask(gate, what))
  }
  return answers
}

t.test('two gates let through together what one would: by caller and by address', { skip }, async (t) => {
  const { issuer, redis, start } = await startWorld(t, {
    COGATE_RATE_LIMIT_PER_SUBJECT: '20/h',
    COGATE_RATE_LIMIT_PER_ADDRESS: '60/h',
  })
  const gates = [await start(), await start()]
  const token = issuer.mintAccessToken({ username: 'alice', sub: 'alice-sub' })
  const answers = await askInTurn(gates, 30, { token })
  t.same([passed(answers), refused(answers)], [20, 10])
  t.match(answers.at(-1), { status: 429, retryAfter: /^1\d\d$/ })
  const more = await askInTurn(gates, 40, { path: '/open' })
  t.same([passed(more), refused(more)], [30, 10], 'the address has sent 30 already')
  const names = await redis.client.keys('*')
  t.same(names.map((name) => name.replace(/[\w-]{22}$/, '…')).sort(), [
    'cogate:rate:address:…',
    'cogate:rate:subject:…',
  ])
  t.ok((await redis.client.pttl(names[0] ?? '')) > 0, 'Redis forgets it')
})

t.test('a bucket fills at the rate, and many at once get no more than it holds', { skip }, async (t) => {
  const { issuer, start } = await startWorld(t, { COGATE_RATE_LIMIT_PER_SUBJECT: '5/s', COGATE_RATE_LIMIT_BURST: '10' })
  const gates = [await start(), await start()]
  const token = issuer.mintAccessToken()
  await Promise.all(gates.map((gate) => ask(gate)))
  const began = performance.now()
  const first = await Promise.all(gates.flatMap((gate) => Array.from({ length: 20 }, () => ask(gate, { token }))))
  const grown = Math.ceil(((performance.now() - began) / 1000) * 5)
  t.ok(passed(first) >= 10 && passed(first) <= 10 + grown, `${passed(first)} passed`)
  t.equal(passed(first) + refused(first), 40)
})

t.test('gates with another prefix count for themselves, and nobody else is limited', { skip }, async (t) => {
  const { issuer, start } = await startWorld(t, { COGATE_RATE_LIMIT_PER_SUBJECT: '3/h' })
  const [one, other] = [await start(), await start({ COGATE_RATE_LIMIT_REDIS_PREFIX: 'other:' })]
  const token = issuer.mintAccessToken({ username: 'alice' })
  t.equal(passed(await askInTurn([one], 5, { token })), 3)
  t.equal(passed(await askInTurn([other], 5, { token })), 3)
  t.equal(passed(await askInTurn([one], 5, { token: issuer.mintAccessToken({ username: 'bob' }) })), 3)
})

t.test(
  'Redis stops under load: no 5xx, the limits of each process hold, and the sum again when it is back',
  { skip },
  async (t) => {
    const { issuer, redis, start } = await startWorld(t, { COGATE_RATE_LIMIT_PER_SUBJECT: '50/h' })
    const gates = [await start(), await start()]
    const token = issuer.mintAccessToken({ username: 'alice' })
    const before = await askInTurn(gates, 20, { token })
    t.equal(passed(before), 20)
    await redis.stop()
    const during = await askInTurn(gates, 100, { token })
    t.same([passed(during), refused(during)], [80, 20], 'each process has counted the first ones too')
    await gates[0]?.logged(({ msg }) => String(msg).startsWith('rate limit store away'))
    await redis.start()
    const bob = issuer.mintAccessToken({ username: 'bob' })
    const isBack = (gate: TestGate) => gate.lines.some(({ msg }) => msg === 'rate limit store back')
    // Another caller each time: who is over the limit here is refused without a question to Redis.
    for (let probe = 0, began = Date.now(); !gates.every(isBack) && Date.now() - began < 10_000; probe++)
      await askInTurn(gates, 2, { token: issuer.mintAccessToken({ username: `probe${probe}` }) })
    t.ok(gates.every(isBack))
    const after = await askInTurn(gates, 80, { token: bob })
    t.same([passed(after), refused(after)], [50, 30])
  },
)

t.test('a frozen Redis holds few requests, and each for some milliseconds', { skip }, async (t) => {
  const { issuer, redis, start } = await startWorld(t, {
    COGATE_RATE_LIMIT_PER_SUBJECT: '1000/s',
    COGATE_RATE_LIMIT_REDIS_TIMEOUT: undefined,
  })
  const gate = await start()
  const token = issuer.mintAccessToken()
  await askInTurn([gate], 50, { token })
  redis.kill('SIGSTOP')
  const answers = await askInTurn([gate], 300, { token })
  redis.kill('SIGCONT')
  t.equal(passed(answers), 300)
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  t.comment(`while frozen: median ${times[150]?.toFixed(2)} ms, longest ${times[299]?.toFixed(1)} ms`)
  t.ok((times[150] ?? 0) < 10)
})

t.test('what the question to Redis costs a request', { skip }, async (t) => {
  const env = { COGATE_RATE_LIMIT_PER_SUBJECT: '900000/s', COGATE_RATE_LIMIT_REDIS_TIMEOUT: undefined }
  const { issuer, start } = await startWorld(t, env)
  const [shared, own] = [await start(), await start({ COGATE_RATE_LIMIT_STORE: 'process' })]
  const token = issuer.mintAccessToken()
  const median = async (gate: TestGate) => {
    const times = (await askInTurn([gate], 500, { token })).map(({ ms }) => ms)
    return times.sort((a, b) => a - b)[250] ?? 0
  }
  for (const gate of [own, shared]) await median(gate)
  const [without, with_] = [await median(own), await median(shared)]
  t.comment(`median of a request: ${without.toFixed(3)} ms counted here, ${with_.toFixed(3)} ms counted in Redis`)
  t.ok(with_ < without + 10)
})

t.test('the rights of the documentation are enough', { skip }, async (t) => {
  const { issuer, redis, start } = await startWorld(t, { COGATE_RATE_LIMIT_PER_SUBJECT: '3/h' })
  const rights = '~cogate:* +ping +info +select +eval +time +get +set'
  await redis.client.acl('SETUSER', 'rates', 'on', '>one', 'resetkeys', '-@all', ...rights.split(' '))
  const url = redis.url.replace('//', '//rates:one@')
  const gates = [await start({ COGATE_REDIS_URL: url }), await start({ COGATE_REDIS_URL: url })]
  t.equal(passed(await askInTurn(gates, 8, { token: issuer.mintAccessToken() })), 3)
  t.notOk(gates[0]?.lines.some(({ msg }) => String(msg).startsWith('rate limit store away')))
})
