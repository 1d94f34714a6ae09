/**
 * The end of sessions in a real Redis, and what only looks like one: Redis is away, empty or back.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { startAuthWorld } from '../helpers/auth-world.ts'
import { publicOrigin, sameOriginFetch, signInUntilCallback } from '../helpers/login-world.ts'
import { skipRedis, startRedis } from '../helpers/redis.ts'
import { coldMs, hourMs, startRedisWorld } from '../helpers/redis-world.ts'

const keys = createKeys()
const fetchOptions = { headers: sameOriginFetch }
const signOut = { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }

t.test('a user who was disabled is signed out at every replica', { skip: skipRedis }, async (t) => {
  const { openBrowser, records, issuer, clock, startReplica, copyOf } = await startRedisWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const other = copyOf(browser, await startReplica())
  issuer.login.signOutEverywhere('alice')
  clock.advance(hourMs)
  t.match(JSON.parse((await browser.fetch('/', fetchOptions)).body), { code: 'session_expired' })
  t.match(JSON.parse((await other.fetch('/', fetchOptions)).body), { code: 'session_expired' })
  t.same(await records(), [])
})

t.test('a sign-out at another replica wins over a refresh under way (refresh-16)', { skip: skipRedis }, async (t) => {
  const { openBrowser, records, issuer, clock, startReplica, copyOf } = await startRedisWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const other = copyOf(browser, await startReplica())
  clock.advance(hourMs)
  issuer.login.failNext('hang')
  const waiting = browser.fetch('/', fetchOptions)
  await issuer.login.tokenRequested(2)
  t.equal((await other.fetch('/_cogate/logout', signOut)).status, 303)
  issuer.login.release()
  t.equal((await waiting).status, 401)
  t.equal((await copyOf(browser, browser.gate).fetch('/', fetchOptions)).status, 401)
  t.same(await records(), [])
})

t.test('a sign-out counts here at once, and at another replica within 30 s', { skip: skipRedis }, async (t) => {
  const { openBrowser, clock, startReplica, copyOf } = await startRedisWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const copy = copyOf(browser, browser.gate)
  const other = copyOf(browser, await startReplica())
  t.equal((await other.fetch('/', fetchOptions)).status, 200)
  await browser.fetch('/_cogate/logout', signOut)
  t.equal((await copy.fetch('/', fetchOptions)).status, 401)
  clock.advance(coldMs)
  const answer = await other.fetch('/', fetchOptions)
  t.match(JSON.parse(answer.body), { code: 'session_expired' })
  t.equal(other.cookie('__Host-cogate'), undefined)
})

t.test(
  'without Redis a session is not judged: 503, and no sign-in is begun (error-03)',
  { skip: skipRedis },
  async (t) => {
    const { openBrowser, clock, redis, gate } = await startRedisWorld(t, { keys })
    const browser = openBrowser()
    await browser.open('/')
    const cookies = [...browser.cookies]
    await redis.stop()
    t.equal((await browser.fetch('/')).status, 200, 'known for 30 s')
    clock.advance(coldMs)
    const page = await browser.fetch('/')
    t.equal(page.status, 503)
    t.match(page.body, /You are still signed in/)
    t.ok(page.headers['retry-after'])
    t.equal(page.headers['set-cookie'], undefined)
    const data = await browser.fetch('/', fetchOptions)
    t.equal(data.status, 503)
    t.match(JSON.parse(data.body), { code: 'session_unavailable' })
    t.same([...browser.cookies], cookies)
    const ready = await fetch(`http://127.0.0.1:${gate.opsPort}/readyz`)
    t.equal(ready.status, 200)
    await gate.logged(({ msg }) => msg === 'session store away')
    await redis.start()
    await gate.logged(({ msg }) => msg === 'session store back')
    t.equal((await browser.fetch('/')).status, 200)
  },
)

t.test(
  'a sign-in that ends while Redis is away is not lost: the page is loaded again',
  { skip: skipRedis },
  async (t) => {
    const { openBrowser, redis, issuer, gate } = await startRedisWorld(t, { keys })
    const first = openBrowser()
    await first.open('/')
    const callback = await signInUntilCallback(first, await first.fetch('/_cogate/login?returnTo=/x'))
    await redis.stop()
    await gate.logged(({ msg }) => msg === 'session store away')
    const browser = openBrowser()
    const back = await signInUntilCallback(browser, await browser.fetch('/_cogate/login?returnTo=/x'))
    const before = issuer.login.tokenRequests()
    t.equal((await browser.fetch(back)).status, 503)
    await redis.start()
    await gate.logged(({ msg }) => msg === 'session store back')
    const answer = await browser.fetch(back)
    t.equal(answer.location, `${publicOrigin}/x`)
    t.equal(issuer.login.tokenRequests(), before + 1)
    t.equal((await first.fetch(callback)).location, `${publicOrigin}/x`)
  },
)

t.test('a sign-out while Redis is away is carried out when it is back', { skip: skipRedis }, async (t) => {
  const { openBrowser, records, redis, gate, copyOf } = await startRedisWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const copy = copyOf(browser, browser.gate)
  await redis.stop()
  await gate.logged(({ msg }) => msg === 'session store away')
  t.equal((await browser.fetch('/_cogate/logout', signOut)).status, 303)
  t.equal(browser.cookie('__Host-cogate'), undefined)
  await redis.start()
  while ((await records()).length > 0);
  t.equal((await copy.fetch('/', fetchOptions)).status, 401)
})

t.test('a session that Redis has forgotten has ended: the person signs in again', { skip: skipRedis }, async (t) => {
  const { openBrowser, clock, redis } = await startRedisWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  await redis.client.flushall()
  clock.advance(coldMs)
  t.match(JSON.parse((await browser.fetch('/', fetchOptions)).body), { code: 'session_expired' })
  t.equal((await browser.open('/again')).status, 200)
})

t.test(
  'a session ends when it was not used, and after its longest time however much it was',
  { skip: skipRedis },
  async (t) => {
    const env = { COGATE_SESSION_IDLE: '2h', COGATE_SESSION_ABSOLUTE: '6h' }
    const { openBrowser, records, clock, redis } = await startRedisWorld(t, { keys, env })
    const idle = openBrowser()
    await idle.open('/')
    const busy = openBrowser()
    await busy.open('/')
    for (let hours = 1; hours < 6; hours++) {
      clock.advance(hourMs)
      t.equal((await busy.fetch('/', fetchOptions)).status, 200, `${hours} h`)
      if (hours === 2) t.equal((await idle.fetch('/', fetchOptions)).status, 401)
    }
    const lives = await records()
    t.ok((await redis.client.pttl(lives[0] ?? '')) <= 2 * hourMs)
    clock.advance(hourMs)
    t.equal((await busy.fetch('/', fetchOptions)).status, 401)
  },
)

t.test(
  'a sign-out everywhere while Redis is away ends the session here, and says that the others go on',
  { skip: skipRedis },
  async (t) => {
    const redis = await startRedis(t)
    const { openBrowser, call, clock, asked } = await startAuthWorld(t, {
      env: (issuer) => ({
        COGATE_AUTH_API_ENDPOINT: issuer.url,
        COGATE_SESSION_STORE: 'redis',
        COGATE_SESSION_REDIS_URL: redis.url,
      }),
    })
    const browser = openBrowser()
    await call(browser, 'sign-in', { username: 'alice', password: 'demo-password' })
    clock.advance(coldMs)
    await redis.stop()
    const answer = await call(browser, 'sign-out', { everywhere: true })
    t.match(answer, { status: 503, json: { code: 'session_unavailable' } })
    t.equal(browser.cookie('__Host-cogate'), undefined)
    t.same(asked('GlobalSignOut'), [])
    t.match(
      await call(browser, 'sign-out', { everywhere: true }),
      { status: 204 },
      'without a session there is nothing to say',
    )
  },
)

t.test('a clock that was set back does not keep a session that was ended elsewhere', { skip: skipRedis }, async (t) => {
  const { openBrowser, clock, startReplica, copyOf } = await startRedisWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const other = copyOf(browser, await startReplica())
  t.equal((await other.fetch('/', fetchOptions)).status, 200)
  await browser.fetch('/_cogate/logout', signOut)
  clock.advance(-60_000)
  t.equal((await other.fetch('/', fetchOptions)).status, 401)
})

t.test(
  'new tokens whose key is not known yet are not lost: another replica goes on with the new refresh token',
  { skip: skipRedis },
  async (t) => {
    const own = createKeys()
    const client = { refreshTokenRotation: { graceSeconds: 0, reuseRevokesAll: true } }
    const { openBrowser, clock, startReplica, copyOf } = await startRedisWorld(t, { keys: own, client })
    const browser = openBrowser()
    await browser.open('/')
    own.rotate()
    own.withdraw(own.current('id').kid)
    clock.advance(hourMs)
    t.equal((await browser.fetch('/', fetchOptions)).status, 503)
    own.rotate()
    const other = copyOf(browser, await startReplica())
    t.equal((await other.fetch('/', fetchOptions)).status, 200)
  },
)

t.test(
  'while the key of new tokens is not known, Cognito is asked once a minute for a session, and not at every request',
  { skip: skipRedis },
  async (t) => {
    const own = createKeys()
    const client = { refreshTokenRotation: { graceSeconds: 0, reuseRevokesAll: true } }
    const { openBrowser, issuer, clock } = await startRedisWorld(t, { keys: own, client })
    const browser = openBrowser()
    await browser.open('/')
    own.rotate()
    own.withdraw(own.current('id').kid)
    clock.advance(hourMs)
    for (let i = 0; i < 3; i++) t.equal((await browser.fetch('/', fetchOptions)).status, 503)
    t.equal(issuer.login.tokenRequests('refresh_token'), 1)
    own.rotate()
    clock.advance(10 * 60_000)
    t.equal((await browser.fetch('/', fetchOptions)).status, 200)
    t.equal(issuer.login.tokenRequests('refresh_token'), 2)
  },
)
