/**
 * Sessions in a real Redis: what is in it, and two replicas that renew the same sessions.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { sameOriginFetch } from '../helpers/login-world.ts'
import { skipRedis } from '../helpers/redis.ts'
import { hourMs, startRedisWorld } from '../helpers/redis-world.ts'

const keys = createKeys()
const fetchOptions = { headers: sameOriginFetch }
const strictRotation = { refreshTokenRotation: { graceSeconds: 0, reuseRevokesAll: true } }

t.test(
  'the cookie is short, every replica knows the session, and Redis holds no token',
  { skip: skipRedis },
  async (t) => {
    const { openBrowser, redis, startReplica, copyOf } = await startRedisWorld(t, { keys })
    const browser = openBrowser()
    t.equal((await browser.open('/')).status, 200)
    t.ok((browser.cookie('__Host-cogate') ?? '').length < 200)
    const other = copyOf(browser, await startReplica())
    const answer = await other.fetch('/', fetchOptions)
    t.equal(answer.status, 200)
    t.match(JSON.parse(answer.body).headers, { 'x-forwarded-user': 'alice', 'x-forwarded-email': 'alice@example.com' })
    t.equal(answer.headers['set-cookie'], undefined)
    const names = await redis.client.keys('*')
    t.equal(names.length, 2, 'the session, and the list of the sessions of its user')
    t.ok(names.every((name) => name.startsWith('cogate:')))
    const record = names.find((name) => !name.includes(':sub:')) ?? ''
    t.match(record, /^cogate:[0-9a-f]{64}$/)
    t.ok((await redis.client.pttl(record)) <= 12 * hourMs)
    const stored = Buffer.concat(Object.values(await redis.client.hgetallBuffer(record))).toString('latin1')
    for (const secret of ['alice', '"sub"', 'eyJ']) t.notOk(stored.includes(secret), secret)
  },
)

t.test(
  'two replicas asked at once refresh once, and all requests pass (refresh-05)',
  { skip: skipRedis },
  async (t) => {
    const { openBrowser, issuer, clock, startReplica, copyOf } = await startRedisWorld(t, {
      keys,
      client: strictRotation,
    })
    const browser = openBrowser()
    await browser.open('/')
    const other = copyOf(browser, await startReplica())
    await other.fetch('/', fetchOptions)
    for (let round = 1; round <= 3; round++) {
      clock.advance(hourMs)
      const requests = Array.from({ length: 20 }, (_, index) => [browser, other][index % 2]?.fetch('/', fetchOptions))
      const answers = await Promise.all(requests)
      t.same(new Set(answers.map((answer) => answer?.status)), new Set([200]))
      t.equal(issuer.login.tokenRequests('refresh_token'), round)
      t.same(new Set(answers.map((answer) => answer?.headers['set-cookie'])), new Set([undefined]))
    }
  },
)

t.test(
  'a refresh of 12 s keeps its lock of 10 s: nobody else begins one (refresh-06)',
  { skip: skipRedis },
  async (t) => {
    const env = { COGATE_LOGIN_REFRESH_TIMEOUT: '30s' }
    const { openBrowser, issuer, clock, startReplica, copyOf, redis } = await startRedisWorld(t, {
      keys,
      client: strictRotation,
      env,
    })
    const browser = openBrowser()
    await browser.open('/')
    const other = copyOf(browser, await startReplica())
    clock.advance(hourMs)
    issuer.login.failNext('hang')
    const first = browser.fetch('/', fetchOptions)
    await issuer.login.tokenRequested(2)
    const began = Date.now()
    const [lock = ''] = await redis.client.keys('*:lock')
    // The lock is looked at, not waited for: the time is that of Redis.
    let leastMs = Number.POSITIVE_INFINITY
    while (Date.now() - began < 11_000) leastMs = Math.min(leastMs, await redis.client.pttl(lock))
    t.ok(leastMs > 5000, 'it is prolonged every 3 s')
    const second = other.fetch('/', fetchOptions)
    while (Date.now() - began < 12_000) await redis.client.ping()
    issuer.login.release()
    t.same([(await first).status, (await second).status], [200, 200])
    t.equal(issuer.login.tokenRequests('refresh_token'), 1)
    t.equal(await redis.client.exists(lock), 0)
  },
)

t.test(
  'who waits in vain uses the old token while it is good, and signs nobody out (refresh-07)',
  { skip: skipRedis },
  async (t) => {
    const env = { COGATE_LOGIN_REFRESH_TIMEOUT: '30s', COGATE_LOGIN_REFRESH_AHEAD: '1m' }
    const { openBrowser, issuer, clock, startReplica, copyOf } = await startRedisWorld(t, { keys, env })
    const browser = openBrowser()
    await browser.open('/')
    const other = copyOf(browser, await startReplica({ COGATE_LOGIN_REFRESH_TIMEOUT: '1s' }))
    clock.advance(hourMs - 20_000)
    issuer.login.failNext('hang')
    t.equal((await browser.fetch('/', fetchOptions)).status, 200, 'the holder, in the background')
    await issuer.login.tokenRequested(2)
    t.equal((await other.fetch('/', fetchOptions)).status, 200)
    clock.advance(21_000)
    const late = await other.fetch('/', fetchOptions)
    t.equal(late.status, 503)
    t.match(JSON.parse(late.body), { code: 'session_unavailable' })
    t.ok(late.headers['retry-after'])
    t.ok(other.cookie('__Host-cogate'))
    issuer.login.release()
    t.equal((await browser.fetch('/', fetchOptions)).status, 200)
    t.equal((await other.fetch('/', fetchOptions)).status, 200)
    t.equal(issuer.login.tokenRequests('refresh_token'), 1)
  },
)

t.test(
  'a refused refresh token counts only where Redis has no newer one (refresh-13)',
  { skip: skipRedis },
  async (t) => {
    const client = { refreshTokenRotation: { graceSeconds: 0 } }
    const { openBrowser, issuer, clock, startReplica, copyOf, redis } = await startRedisWorld(t, { keys, client })
    const browser = openBrowser()
    await browser.open('/')
    const other = copyOf(browser, await startReplica())
    clock.advance(hourMs)
    issuer.login.failNext('hang')
    const slow = browser.fetch('/', fetchOptions)
    await issuer.login.tokenRequested(2)
    // As if the holder had been stopped for longer than its lock lives.
    await redis.client.del(...(await redis.client.keys('*:lock')))
    t.equal((await other.fetch('/', fetchOptions)).status, 200)
    issuer.login.release()
    t.equal((await slow).status, 200, 'with the tokens of the other replica')
    t.equal(issuer.login.tokenRequests('refresh_token'), 2)
    t.equal((await other.fetch('/', fetchOptions)).status, 200)
  },
)

t.test('a new secret seals the cookie anew, and the session goes on', { skip: skipRedis }, async (t) => {
  const { openBrowser, startReplica, copyOf } = await startRedisWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const secrets = 'a new secret for tests that is long enough,a secret for tests that is long enough to be one'
  const other = copyOf(browser, await startReplica({ COGATE_SESSION_SECRETS: secrets }))
  const old = other.cookie('__Host-cogate')
  t.equal((await other.fetch('/', fetchOptions)).status, 200)
  t.not(other.cookie('__Host-cogate'), old)
  t.equal((await other.fetch('/', fetchOptions)).headers['set-cookie'], undefined)
  t.equal((await browser.fetch('/', fetchOptions)).status, 200, 'the old cookie at the old replica')
})

t.test(
  'a record that was changed, or put in the place of another one, opens no session',
  { skip: skipRedis },
  async (t) => {
    const { openBrowser, records, redis, clock } = await startRedisWorld(t, { keys })
    const [alice, mallory] = [openBrowser(), openBrowser()]
    await alice.open('/', { as: 'alice' })
    const [ofAlice = ''] = await records()
    await mallory.open('/', { as: 'bob' })
    const ofMallory = (await records()).find((name) => name !== ofAlice) ?? ''
    const stored = await redis.client.hgetallBuffer(ofAlice)
    const own = await redis.client.hgetallBuffer(ofMallory)
    const flipped = Buffer.from(own['d'] ?? '').map((byte, index) => (index === 40 ? byte ^ 1 : byte))
    for (const fields of [
      stored,
      { ...own, v: '2' },
      { ...own, d: Buffer.from(flipped) },
      { ...own, d: '' },
      { v: '1' },
    ]) {
      await redis.client.del(ofMallory)
      await redis.client.hset(ofMallory, fields)
      clock.advance(31_000)
      const copy = openBrowser()
      for (const [key, value] of mallory.cookies) copy.cookies.set(key, value)
      t.equal((await copy.fetch('/', fetchOptions)).status, 401)
    }
    await redis.client.hset(ofMallory, own)
    clock.advance(31_000)
    t.equal((await mallory.fetch('/', fetchOptions)).status, 200, 'the record as it was')
  },
)
