import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import {
  publicOrigin,
  sameOriginFetch,
  sessionSecret,
  signInUntilCallback,
  startLoginWorld,
} from '../helpers/login-world.ts'

const keys = createKeys()

t.test('two tabs that sign in at once end at their own pages (state-01)', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const a = await browser.fetch('/a')
  const b = await browser.fetch('/b')
  const backB = await signInUntilCallback(browser, b)
  t.equal((await browser.open(backB)).url, `${publicOrigin}/b`)
  const backA = await signInUntilCallback(browser, a)
  t.equal((await browser.open(backA)).url, `${publicOrigin}/a`)
})

t.test('ten tabs at once leave one cookie, and all come to their pages (state-02)', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const starts = await Promise.all(Array.from({ length: 10 }, (_, i) => browser.fetch(`/tab/${i}`)))
  t.same([...browser.cookies.keys()], [`${publicOrigin} __Host-cogate-b`])
  for (const [i, start] of starts.entries()) {
    const page = await browser.open(await signInUntilCallback(browser, start))
    t.equal(page.url, `${publicOrigin}/tab/${i}`)
    t.equal(page.status, 200)
  }
})

t.test('a sign-in that took too long begins anew once, and then there is a page (state-06)', async (t) => {
  const { openBrowser, clock, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const first = await signInUntilCallback(browser, await browser.fetch('/late'))
  clock.advance(3_600_001)
  const again = await browser.fetch(first)
  t.equal(again.status, 302)
  t.equal(new URL(again.location).pathname, '/oauth2/authorize')
  t.equal(issuer.login.tokenRequests(), 0)
  const second = await signInUntilCallback(browser, again)
  clock.advance(3_600_001)
  const page = await browser.fetch(second)
  t.equal(page.status, 400)
  t.match(page.body, /no longer valid/)
  t.match(page.body, /returnTo=%2Flate/)
})

t.test('back onto the callback leads to the page, and the code is not sent again (state-07)', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const callback = await signInUntilCallback(browser, await browser.fetch('/page'))
  await browser.open(callback)
  const again = await browser.fetch(callback)
  t.equal(again.status, 302)
  t.equal(again.location, `${publicOrigin}/page`)
  t.equal(issuer.login.tokenRequests(), 1)
})

t.test('a browser that keeps no cookies is told so after three tries (state-10)', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  let answer = await browser.fetch('/x')
  for (let starts = 1; starts <= 3; starts++) {
    t.equal(answer.status, 302, `start ${starts}`)
    const callback = await signInUntilCallback(browser, answer)
    for (const key of browser.cookies.keys()) if (key.startsWith(publicOrigin)) browser.cookies.delete(key)
    answer = await browser.fetch(callback)
  }
  t.equal(answer.status, 400)
  t.match(answer.body, /cookies/)
  t.match(answer.body, /https/)
  t.equal(issuer.login.tokenRequests(), 0, 'no code was redeemed for a browser that did not begin the sign-in')
})

t.test('a session cookie that never comes back ends in the same page', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  let answer = await browser.fetch('/x')
  for (let times = 0; times < 3; times++) {
    answer = await browser.fetch(await signInUntilCallback(browser, answer))
    browser.cookies.delete(`${publicOrigin} __Host-cogate`)
    answer = await browser.fetch(answer.location)
  }
  t.equal(answer.status, 400)
  t.match(answer.body, /does not come to an end/)
})

t.test("a state of another browser signs nobody in: the victim does not get the attacker's session", async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const attacker = openBrowser()
  const planted = await signInUntilCallback(attacker, await attacker.fetch('/x'))
  const victim = openBrowser()
  await victim.fetch('/')
  const answer = await victim.fetch(planted)
  t.equal(new URL(answer.location).origin, issuer.url, 'the sign-in begins anew, as the victim')
  t.equal(victim.cookie('__Host-cogate'), undefined)
  t.equal(issuer.login.tokenRequests(), 0)
})

t.test('a callback without a state, with two, with a changed one, or with two codes redeems nothing', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const callback = new URL(await signInUntilCallback(browser, await browser.fetch('/x')))
  const state = callback.searchParams.get('state') ?? ''
  const code = callback.searchParams.get('code') ?? ''
  const queries = {
    '': 400,
    [`code=${code}`]: 400,
    [`code=${code}&state=${state}&state=${state}`]: 400,
    [`code=${code}&state=${state.slice(0, -1)}`]: 400,
    [`code=${code}&state=${state}x`]: 400,
    [`code=${code}&code=${code}&state=${state}`]: 502,
    [`state=${state}`]: 502,
    [`error=access_denied&error_description=%3Cscript%3E&state=${state}`]: 502,
  }
  for (const [query, status] of Object.entries(queries)) {
    const answer = await browser.fetch(`/_cogate/callback?${query}`)
    t.equal(answer.status, status, query)
    t.notMatch(answer.body, /<script>|access_denied/)
  }
  t.equal(issuer.login.tokenRequests(), 0)
})

t.test('a callback that the browser fetches ahead of time spends no code', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const callback = await signInUntilCallback(browser, await browser.fetch('/x'))
  const ahead = await browser.fetch(callback, { headers: { 'sec-purpose': 'prefetch' } })
  t.equal(ahead.status, 204)
  t.equal(issuer.login.tokenRequests(), 0)
  t.equal((await browser.open(callback)).status, 200)
})

t.test('what Cognito refuses is a page that names no cause, and a log line that does (error-02)', async (t) => {
  const { openBrowser, issuer, gate } = await startLoginWorld(t, { keys })
  issuer.login.failNext('invalid_grant')
  const page = await openBrowser().open('/x')
  t.equal(page.status, 502)
  t.match(page.body, /The sign-in has failed/)
  t.notMatch(page.body, /invalid_grant/)
  const line = await gate.logged(({ msg }) => msg === 'sign-in failed')
  t.match(line, { detail: 'invalid_grant', hint: /email_verified/ })
  const access = gate.lines.find(({ reason }) => reason === 'login_failed')
  t.match(access, { status: 502 })
})

t.test('a sign-in gets a new session, and one planted before is not taken over (cookie-11)', async (t) => {
  const { openBrowser, clock } = await startLoginWorld(t, { keys })
  const attacker = openBrowser()
  await attacker.open('/')
  clock.advance(1)
  const planted = attacker.cookie('__Host-cogate') ?? ''
  const victim = openBrowser()
  const start = await victim.fetch('/x')
  victim.setCookie('__Host-cogate', planted)
  const callback = await signInUntilCallback(victim, start)
  await victim.open(callback)
  t.ok(victim.cookie('__Host-cogate'))
  t.not(victim.cookie('__Host-cogate'), planted)
  t.equal((await victim.fetch('/', { headers: sameOriginFetch })).status, 200)
})

t.test('a sign-in that began before the secret was rotated ends in a session', async (t) => {
  const { openBrowser, startReplica } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const callback = await signInUntilCallback(browser, await browser.fetch('/page'))
  const secrets = `another secret for tests that is long enough,${sessionSecret}`
  browser.gate = await startReplica({ COGATE_SESSION_SECRETS: secrets })
  const page = await browser.open(callback)
  t.same([page.status, page.url], [200, `${publicOrigin}/page`])
})
