import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, sameOriginFetch, signInUntilCallback, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const session = '__Host-cogate'
const hourMs = 3_600_000
const script = { headers: sameOriginFetch }

t.test('one state is good for one call of Cognito, however often its callback comes', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const callback = new URL(await signInUntilCallback(browser, await browser.fetch('/')))
  callback.searchParams.set('code', 'junk')
  for (let count = 0; count < 20; count++) await browser.fetch(callback.href)
  t.equal(issuer.login.tokenRequests(), 1)
})

t.test('the limit of an address counts the endpoints too', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys, env: { COGATE_RATE_LIMIT_PER_ADDRESS: '5/m' } })
  const statuses: number[] = []
  for (let count = 0; count < 7; count++) statuses.push((await openBrowser().fetch('/_cogate/login')).status)
  t.same(statuses, [302, 302, 302, 302, 302, 429, 429])
})

t.test('a renewed session is not lost with an answer that fails', async (t) => {
  const client = { refreshTokenRotation: { graceSeconds: 0, reuseRevokesAll: true } }
  const broken = { isOn: false }
  const { openBrowser, clock } = await startLoginWorld(t, {
    keys,
    client,
    handler: (request, response) => (broken.isOn ? request.socket.destroy() : response.end('ok')),
  })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(hourMs)
  broken.isOn = true
  t.equal((await browser.fetch('/', script)).status, 502)
  broken.isOn = false
  clock.advance(61_000)
  t.equal((await browser.fetch('/', script)).status, 200)
})

t.test('a renewed session is not lost with a caller that never got its answer', async (t) => {
  const client = { refreshTokenRotation: { graceSeconds: 0, reuseRevokesAll: true } }
  const { openBrowser, clock } = await startLoginWorld(t, { keys, client })
  const browser = openBrowser()
  await browser.open('/')
  const old = browser.cookie(session) ?? ''
  clock.advance(hourMs)
  await browser.fetch('/', script)
  browser.setCookie(session, old)
  clock.advance(120_000)
  t.equal((await browser.fetch('/', script)).status, 200)
})

/** A session is renewed for a request, and signed out while the service has not answered yet. */
async function signOutMeanwhile(t: Test) {
  const slow: ServerResponse[] = []
  const { openBrowser, clock, upstream } = await startLoginWorld(t, {
    keys,
    handler: (request, response) => (request.url === '/slow' ? slow.push(response) : response.end('ok')),
  })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(2 * hourMs)
  const seen = upstream.requests.length
  const waiting = browser.fetch('/slow', script)
  await upstream.received(seen + 1)
  await browser.fetch('/_cogate/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
  return { browser, slow: slow[0], waiting }
}

async function answerAfterSignOut(t: Test, answer: (slow: ServerResponse | undefined) => void) {
  const { browser, slow, waiting } = await signOutMeanwhile(t)
  answer(slow)
  const { status, headers } = await waiting
  t.equal(browser.cookie(session), undefined)
  return { status, headers }
}

t.test('a slow answer does not bring a session back that was signed out meanwhile', async (t) => {
  const { status } = await answerAfterSignOut(t, (slow) => slow?.end('late'))
  t.equal(status, 200)
})

t.test('nor does an answer that fails', async (t) => {
  const { status, headers } = await answerAfterSignOut(t, (slow) => slow?.socket?.end('HTTP/1.1 nonsense\r\n\r\n'))
  t.equal(status, 502)
  t.notOk(headers['set-cookie'], 'the sign-out has taken the cookie away')
})

t.test('a slow answer of a session that was signed out leaves the next one alone', async (t) => {
  const { browser, slow, waiting } = await signOutMeanwhile(t)
  await browser.open('/')
  const next = browser.cookie(session)
  slow?.end('late')
  t.equal((await waiting).status, 200)
  t.ok(next)
  t.equal(browser.cookie(session), next)
})

t.test('a key that is gone signs nobody out whose refresh token is good', async (t) => {
  const own = createKeys()
  const { openBrowser, clock, gate, issuer } = await startLoginWorld(t, { keys: own })
  const browser = openBrowser()
  await browser.open('/')
  own.rotate()
  clock.advance(3 * hourMs)
  issuer.mintAccessToken()
  await browser.fetch('/', { headers: { authorization: `Bearer ${issuer.mintAccessToken()}` } })
  t.equal((await browser.fetch('/', script)).status, 200)
  t.notOk(gate.lines.some(({ reason }) => reason === 'session_invalid'))
})

t.test('a method in an override header is unsafe too', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const headers = { origin: 'https://evil.example', 'x-http-method-override': 'DELETE' }
  t.equal((await browser.fetch('/x', { headers })).status, 403)
  t.equal((await browser.fetch('/x', { headers: { ...headers, origin: publicOrigin } })).status, 200)
})

t.test('somebody else who signs in ends the session before', async (t) => {
  const { openBrowser, clock, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const alice = browser.cookie(session) ?? ''
  for (const key of browser.cookies.keys()) if (key.startsWith(issuer.url)) browser.cookies.delete(key)
  clock.advance(1)
  await browser.open('/_cogate/login', { as: 'bob' })
  t.equal(JSON.parse((await browser.fetch('/', script)).body).headers['x-forwarded-user'], 'bob')
  browser.setCookie(session, alice)
  t.equal((await browser.fetch('/', script)).status, 401)
})

t.test('a request that was sent before the next session came does not take that away', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const old = { ...sameOriginFetch, cookie: `${session}=${browser.cookie(session)}` }
  await browser.fetch('/_cogate/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
  await browser.open('/')
  const late = await openBrowser().fetch('/', { headers: old })
  t.equal(late.status, 401)
  t.notOk(late.headers['set-cookie'], 'the browser may have another session by now')
})

t.test('the page of a session that cannot be renewed links to this site alone', async (t) => {
  const { openBrowser, clock, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(hourMs)
  issuer.login.failNext(503, { count: 5 })
  const page = await browser.fetch('//evil.example/phish')
  t.equal(page.status, 503)
  t.notMatch(page.body, /evil/)
})

t.test('three quick sign-ins with a sign-out between them are no loop', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  for (let count = 0; count < 5; count++) {
    t.equal((await browser.open('/')).status, 200)
    await browser.fetch('/_cogate/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
  }
})

t.test('a program with a token that is too weak gets the challenge, whatever it accepts', async (t) => {
  const routes = [{ path: '/*', auth: 'login', acr: ['high'] }]
  const { openBrowser, issuer } = await startLoginWorld(t, { keys, routes })
  const headers = { accept: 'text/html', authorization: `Bearer ${issuer.mintAccessToken()}` }
  const answer = await openBrowser().fetch('/', { headers })
  t.equal(answer.status, 401)
  t.match(answer.headers['www-authenticate'], /insufficient_user_authentication/)
})
