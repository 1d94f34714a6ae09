import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const post = { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }

t.test('a link of our own page signs out at once (logout-04)', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  const answer = await browser.fetch('/_cogate/logout', { headers })
  t.equal(answer.status, 303)
  t.equal(browser.cookie('__Host-cogate'), undefined)
  t.equal(issuer.login.revocations, 1)
})

t.test('any other GET asks first, and changes nothing', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const own = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  const kinds = [
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    { ...own, 'sec-purpose': 'prefetch' },
    {},
  ]
  for (const headers of kinds) {
    const answer = await browser.fetch('/_cogate/logout', { headers })
    t.equal(answer.status, 200)
    t.match(answer.body, /<form method="post" action="\/_cogate\/logout">/)
  }
  t.equal((await browser.fetch('/', { headers: sameOriginFetch })).status, 200)
})

t.test('a page of another site signs nobody out', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const answer = await browser.fetch('/_cogate/logout', { method: 'POST', headers: { origin: 'https://evil.example' } })
  t.equal(answer.status, 403)
  t.match(JSON.parse(answer.body), { code: 'cross_site_request' })
  t.equal((await browser.fetch('/', { headers: sameOriginFetch })).status, 200)
})

t.test('a revocation that fails does not keep anybody signed in (logout-02)', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  issuer.login.failNext(503, { at: 'revoke' })
  const answer = await browser.fetch('/_cogate/logout', post)
  t.equal(answer.status, 303)
  t.equal(browser.cookie('__Host-cogate'), undefined)
})

t.test('a revocation that hangs holds nobody up for more than two seconds (logout-02)', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  issuer.login.failNext('hang', { at: 'revoke' })
  const start = performance.now()
  const answer = await browser.fetch('/_cogate/logout', post)
  t.equal(answer.status, 303)
  t.ok(performance.now() - start < 4000)
  t.equal(browser.cookie('__Host-cogate'), undefined)
  issuer.login.release()
})

t.test('without a session a sign-out still leads to the end of the one at Cognito', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const answer = await openBrowser().fetch('/_cogate/logout', post)
  t.equal(answer.status, 303)
  t.equal(new URL(answer.location).origin, issuer.url)
})

t.test('sign-out can leave Cognito alone, and can clear what the browser holds', async (t) => {
  const env = { COGATE_LOGIN_LOGOUT_COGNITO: 'false', COGATE_LOGIN_LOGOUT_CLEAR_SITE_DATA: 'cache,storage' }
  const { openBrowser } = await startLoginWorld(t, { keys, env })
  const browser = openBrowser()
  await browser.open('/')
  const answer = await browser.fetch('/_cogate/logout', post)
  t.equal(answer.location, `${publicOrigin}/_cogate/logged-out`)
  t.equal(answer.headers['clear-site-data'], '"cache", "storage"')
})

t.test("the service's own sign-out ends the session too, after its answer", async (t) => {
  const { openBrowser, issuer, upstream } = await startLoginWorld(t, {
    keys,
    env: { COGATE_LOGIN_LOGOUT_ON: '/app/logout' },
  })
  const browser = openBrowser()
  await browser.open('/')
  const copy = browser.cookie('__Host-cogate') ?? ''
  const seen = upstream.requests.length
  const answer = await browser.fetch('/app/logout?x=1', post)
  t.equal(answer.status, 200, 'the service has answered')
  t.equal(upstream.requests.length, seen + 1)
  t.equal(browser.cookie('__Host-cogate'), undefined)
  browser.setCookie('__Host-cogate', copy)
  t.equal((await browser.fetch('/', { headers: sameOriginFetch })).status, 401)
  t.equal(issuer.login.revocations, 1)
})

t.test(
  "who opens the service's own sign-out without a session is signed out, and not asked to sign in first",
  async (t) => {
    const { openBrowser, upstream } = await startLoginWorld(t, { keys, env: { COGATE_LOGIN_LOGOUT_ON: '/app/logout' } })
    const answer = await openBrowser().fetch('/app/logout?x=1')
    t.equal(answer.status, 302)
    t.equal(answer.location, `${publicOrigin}/_cogate/logged-out`)
    t.equal(upstream.requests.length, 0)
  },
)

t.test("what a script fetches ahead of time is no sign-out of the service's own either", async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys, env: { COGATE_LOGIN_LOGOUT_ON: '/app/logout' } })
  const browser = openBrowser()
  await browser.open('/')
  for (const name of ['sec-purpose', 'x-sec-purpose', 'purpose', 'x-moz']) {
    await browser.fetch('/app/logout', { headers: { ...sameOriginFetch, [name]: 'prefetch' } })
    t.ok(browser.cookie('__Host-cogate'), name)
  }
})

t.test('no sign-in leads to a sign-out', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys, env: { COGATE_LOGIN_LOGOUT_ON: '/app/logout' } })
  const browser = openBrowser()
  const page = await browser.open('/_cogate/login?returnTo=%2Fapp%2Flogout%3Fx%3D1')
  t.equal(page.url, `${publicOrigin}/`)
  t.ok(browser.cookie('__Host-cogate'))
})

t.test('three quick sign-ins with a link to the sign-out between them are no loop', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  for (let count = 0; count < 5; count++) {
    t.equal((await browser.open('/')).status, 200)
    t.equal((await browser.fetch('/_cogate/logout', { headers })).status, 303)
  }
})
