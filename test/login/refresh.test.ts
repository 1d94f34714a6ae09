import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const hourMs = 3_600_000
const fetchOptions = { headers: sameOriginFetch }

t.test('twenty requests with an expired token cause one refresh, and all pass (refresh-01)', async (t) => {
  const client = { refreshTokenRotation: { graceSeconds: 0, reuseRevokesAll: true } }
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys, client })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(hourMs)
  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.fetch('/', fetchOptions)))
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.equal(issuer.login.tokenRequests('refresh_token'), 1)
  const cookies = new Set(answers.map(({ headers }) => headers['set-cookie']?.length))
  t.same(cookies, new Set([1]), 'each answer brings the new session')
  clock.advance(hourMs)
  t.equal((await browser.fetch('/', fetchOptions)).status, 200, 'the session is alive')
})

t.test('a request that was under way with the old cookie gets the same tokens', async (t) => {
  const client = { refreshTokenRotation: { graceSeconds: 0, reuseRevokesAll: true } }
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys, client })
  const browser = openBrowser()
  await browser.open('/')
  const old = browser.cookie('__Host-cogate') ?? ''
  clock.advance(hourMs)
  await browser.fetch('/', fetchOptions)
  clock.advance(30_000)
  browser.setCookie('__Host-cogate', old)
  t.equal((await browser.fetch('/', fetchOptions)).status, 200)
  t.equal(issuer.login.tokenRequests('refresh_token'), 1)
})

t.test('tokens are renewed before they expire, and until then the old one is used', async (t) => {
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(hourMs - 61_000)
  await browser.fetch('/', fetchOptions)
  t.equal(issuer.login.tokenRequests('refresh_token'), 0)
  clock.advance(60_000)
  t.equal((await browser.fetch('/', fetchOptions)).status, 200)
  t.equal(issuer.login.tokenRequests('refresh_token'), 1)
})

for (const [name, client, cause] of [
  ['rotation off', {}, 'refresh-03'],
  ['rotation on, with a grace period', { refreshTokenRotation: { graceSeconds: 60 } }, 'refresh-04'],
] as const) {
  t.test(`two replicas renew one session at once, ${name} (${cause})`, async (t) => {
    const { openBrowser, issuer, clock, startReplica } = await startLoginWorld(t, { keys, client })
    const browser = openBrowser()
    await browser.open('/')
    const other = openBrowser(await startReplica())
    for (const [key, value] of browser.cookies) other.cookies.set(key, value)
    clock.advance(hourMs)
    const answers = await Promise.all([browser.fetch('/', fetchOptions), other.fetch('/', fetchOptions)])
    t.same(
      answers.map(({ status }) => status),
      [200, 200],
    )
    t.equal(issuer.login.tokenRequests('refresh_token'), 2)
  })
}

t.test('what fails for a moment signs nobody out, and is not tried at every request (refresh-10)', async (t) => {
  const { openBrowser, issuer, clock, gate } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(hourMs - 10_000)
  issuer.login.failNext(429)
  for (let i = 0; i < 5; i++) t.equal((await browser.fetch('/', fetchOptions)).status, 200)
  t.equal(issuer.login.tokenRequests('refresh_token'), 1)
  clock.advance(6000)
  issuer.login.failNext(503)
  for (let i = 0; i < 5; i++) t.equal((await browser.fetch('/', fetchOptions)).status, 200)
  t.equal(issuer.login.tokenRequests('refresh_token'), 2)
  t.match(await gate.logged(({ msg }) => msg === 'session refresh failed'), { detail: 'HTTP 429' })
  clock.advance(11_000)
  t.equal((await browser.fetch('/', fetchOptions)).status, 200)
  t.equal(issuer.login.tokenRequests('refresh_token'), 3)
})

t.test('without a good token and without Cognito the answer is 503, and the session is kept', async (t) => {
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const kept = browser.cookie('__Host-cogate')
  clock.advance(hourMs)
  issuer.login.failNext('invalid_client')
  const answer = await browser.fetch('/', fetchOptions)
  t.equal(answer.status, 503)
  t.match(JSON.parse(answer.body), { code: 'session_unavailable' })
  t.ok(answer.headers['retry-after'])
  t.equal(browser.cookie('__Host-cogate'), kept)
  const page = await browser.fetch('/')
  t.equal(page.status, 503)
  t.match(page.body, /You are still signed in/)
  clock.advance(6000)
  t.equal((await browser.fetch('/', fetchOptions)).status, 200)
})

t.test('a user who was disabled is signed out at the next refresh (refresh-12)', async (t) => {
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  issuer.login.signOutEverywhere('alice')
  clock.advance(hourMs)
  const answer = await browser.fetch('/', fetchOptions)
  t.equal(answer.status, 401)
  t.match(JSON.parse(answer.body), { code: 'session_expired' })
  t.equal(answer.headers['cogate-login'], '/_cogate/login')
  t.equal(browser.cookie('__Host-cogate'), undefined)
  t.equal((await browser.fetch('/')).status, 302)
})

t.test('rotation does not lengthen the life of a sign-in (refresh-15)', async (t) => {
  const client = { refreshTokenSeconds: 3600, tokenSeconds: 600, refreshTokenRotation: { graceSeconds: 60 } }
  const { openBrowser, clock } = await startLoginWorld(t, { keys, client })
  const browser = openBrowser()
  await browser.open('/')
  for (let minutes = 10; minutes < 60; minutes += 10) {
    clock.advance(600_000)
    t.equal((await browser.fetch('/', fetchOptions)).status, 200, `${minutes} minutes`)
  }
  clock.advance(660_000)
  t.equal((await browser.fetch('/', fetchOptions)).status, 401)
})

t.test('a sign-out while a refresh is under way wins: nothing brings the session back (refresh-16)', async (t) => {
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(hourMs)
  issuer.login.failNext('hang')
  const before = issuer.login.tokenRequests()
  const waiting = browser.fetch('/', fetchOptions)
  await issuer.login.tokenRequested(before + 1)
  const out = await browser.fetch('/_cogate/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
  t.equal(out.status, 303)
  issuer.login.release()
  const answer = await waiting
  t.equal(answer.status, 401)
  t.equal(browser.cookie('__Host-cogate'), undefined)
})

t.test('tokens of somebody else end the session', async (t) => {
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(hourMs)
  issuer.login.faults.otherSubjectOnRefresh = true
  const answer = await browser.fetch('/', fetchOptions)
  t.equal(answer.status, 401)
  t.match(JSON.parse(answer.body), { code: 'session_invalid' })
})

t.test('a refresh without an ID token keeps the claims of the last one', async (t) => {
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(hourMs)
  issuer.login.faults.omitIdTokenOnRefresh = true
  const answer = await browser.fetch('/', fetchOptions)
  t.equal(JSON.parse(answer.body).headers['x-forwarded-email'], 'alice@example.com')
})

t.test('a session ends when it was not used, and after its longest time however much it was', async (t) => {
  const env = { COGATE_SESSION_IDLE: '2h', COGATE_SESSION_ABSOLUTE: '6h' }
  const { openBrowser, clock } = await startLoginWorld(t, { keys, env })
  const idle = openBrowser()
  await idle.open('/')
  const busy = openBrowser()
  await busy.open('/')
  clock.advance(2 * hourMs)
  t.equal((await idle.fetch('/', fetchOptions)).status, 401)
  await busy.open('/')
  for (let hours = 1; hours < 6; hours++) {
    clock.advance(hourMs)
    t.equal((await busy.fetch('/', fetchOptions)).status, 200, `${hours} h`)
  }
  clock.advance(hourMs)
  t.equal((await busy.fetch('/', fetchOptions)).status, 401)
})

t.test('a key of ID tokens that is not known yet ends no session', async (t) => {
  const own = createKeys()
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys: own })
  const browser = openBrowser()
  await browser.open('/')
  own.rotate()
  own.withdraw(own.current('id').kid)
  clock.advance(hourMs)
  const answer = await browser.fetch('/', fetchOptions)
  t.equal(answer.status, 503)
  t.match(JSON.parse(answer.body), { code: 'session_unavailable' })
  t.ok(browser.cookie('__Host-cogate'), 'it is kept')
  t.equal(issuer.login.tokenRequests('refresh_token'), 1)
  own.rotate()
  clock.advance(10 * 60_000)
  t.equal((await browser.fetch('/', fetchOptions)).status, 200, 'the pool has published it')
})

t.test('a clock that is behind signs nobody out', async (t) => {
  const { openBrowser, issuer, clock, startReplica } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  browser.gate = await startReplica()
  clock.advance(-hourMs)
  const answer = await browser.fetch('/', fetchOptions)
  t.equal(answer.status, 503)
  t.match(JSON.parse(answer.body), { code: 'session_unavailable' })
  clock.advance(hourMs)
  t.equal((await browser.fetch('/', fetchOptions)).status, 200)
  t.equal(issuer.login.tokenRequests('refresh_token'), 0)
})
