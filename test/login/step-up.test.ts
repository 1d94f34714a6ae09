import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, sameOriginFetch, signInUntilCallback, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const level = 'urn:cognito:loa:4'
const routes = [
  { path: '/*', auth: 'login' },
  { path: '/pay/*', auth: 'login', acr: [level] },
  { path: '/fresh/*', auth: 'login', maxAuthAge: '5m' },
  { path: '/api/*', acr: [level], maxAuthAge: '5m' },
]

t.test('a page that demands a level asks for it once, and then it opens', async (t) => {
  const { openBrowser, upstream } = await startLoginWorld(t, { keys, routes })
  const browser = openBrowser()
  await browser.open('/')
  const first = await browser.fetch('/pay/7')
  t.equal(first.status, 302)
  t.equal(new URL(first.location).searchParams.get('acr_values'), level)
  const seen = upstream.requests.length
  const page = await browser.open('/pay/7')
  t.equal(page.status, 200)
  t.equal(page.url, 'https://app.example.com/pay/7')
  t.equal(upstream.requests.length, seen + 1)
})

t.test('a pool that takes no notice of levels ends in a page that says so, and in no loop (mfa-03)', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys, routes })
  issuer.login.faults.ignoreAcr = true
  const browser = openBrowser()
  await browser.open('/')
  const page = await browser.open('/pay/7')
  t.equal(page.status, 401)
  t.match(page.body, /A stronger sign-in is needed/)
  t.match(page.headers['www-authenticate'], undefined)
  t.equal(issuer.login.tokenRequests(), 2)
})

t.test('an old sign-in is asked again, however young its token is (mfa-04)', async (t) => {
  const { openBrowser, clock } = await startLoginWorld(t, { keys, routes })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(3_600_000)
  t.equal((await browser.fetch('/', { headers: sameOriginFetch })).status, 200, 'the token is a new one')
  const answer = await browser.fetch('/fresh/x')
  t.equal(answer.status, 302)
  t.equal(new URL(answer.location).searchParams.get('max_age'), '300')
  t.equal((await browser.open('/fresh/x')).status, 200)
})

t.test('a program gets the challenge of RFC 9470', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys, routes })
  const authorization = `Bearer ${issuer.mintAccessToken()}`
  const answer = await openBrowser().fetch('/api/x', { headers: { authorization, accept: '*/*' } })
  t.equal(answer.status, 401)
  t.match(JSON.parse(answer.body), { code: 'reauthentication_required' })
  t.match(answer.headers['www-authenticate'], /error="insufficient_user_authentication"/)
  t.match(answer.headers['www-authenticate'], /acr_values="urn:cognito:loa:4", max_age=300$/)
})

t.test('a script with a session gets the challenge too', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys, routes })
  const browser = openBrowser()
  await browser.open('/')
  const answer = await browser.fetch('/pay/data', { headers: sameOriginFetch })
  t.equal(answer.status, 401)
  t.match(answer.headers['www-authenticate'], /acr_values/)
})

t.test(
  'a sign-in older than login.maxAge is asked for again with prompt=login, even where the pool does not',
  async (t) => {
    const { openBrowser, issuer, clock, upstream } = await startLoginWorld(t, {
      keys,
      env: { COGATE_LOGIN_MAX_AGE: '5m' },
    })
    issuer.login.faults.ignoreMaxAge = true
    const browser = openBrowser()
    t.equal((await browser.open('/')).status, 200)
    clock.advance(600_000)
    browser.forget('__Host-cogate')
    const second = await signInUntilCallback(browser, await browser.fetch('/page'))
    const again = await browser.fetch(second)
    t.equal(again.status, 302)
    t.equal(new URL(again.location).searchParams.get('prompt'), 'login')
    t.equal(browser.cookie('__Host-cogate'), undefined, 'no session of the old sign-in')
    const page = await browser.open(again.location)
    t.same([page.status, page.url], [200, `${publicOrigin}/page`])
    t.equal(upstream.requests.length, 2)
  },
)

t.test('a pool that never asks again ends in a page, and opens no session', async (t) => {
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys, env: { COGATE_LOGIN_MAX_AGE: '5m' } })
  Object.assign(issuer.login.faults, { ignoreMaxAge: true, ignorePrompt: true })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(600_000)
  browser.forget('__Host-cogate')
  t.equal((await browser.open('/page')).status, 502)
  t.equal(browser.cookie('__Host-cogate'), undefined)
})

t.test('a session cookie that never comes back ends in a page too where a page demands a level', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys, routes })
  const browser = openBrowser()
  let answer = await browser.fetch('/pay/7')
  for (let times = 0; times < 3; times++) {
    t.equal(answer.status, 302)
    answer = await browser.fetch(await signInUntilCallback(browser, answer))
    browser.forget('__Host-cogate')
    answer = await browser.fetch(answer.location)
  }
  t.equal(answer.status, 400)
  t.match(answer.body, /does not come to an end/)
})

t.test(
  'a form whose sign-in is too weak is answered with a page, and its link asks for the stronger one',
  async (t) => {
    const { openBrowser, upstream } = await startLoginWorld(t, { keys, routes })
    const browser = openBrowser()
    await browser.open('/')
    const seen = upstream.requests.length
    const form = {
      method: 'POST',
      body: 'amount=7',
      headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    }
    const page = await browser.fetch('/pay/7', form)
    t.equal(page.status, 401)
    t.match(page.headers['content-type'], /text\/html/)
    t.match(page.body, /stronger sign-in/)
    t.match(page.body, /<a class="button" href="\/pay\/7" target="_blank"/)
    t.equal(upstream.requests.length, seen, 'nothing was sent on')
    t.equal((await browser.open('/pay/7')).status, 200, 'the link')
    t.equal((await browser.fetch('/pay/7', form)).status, 200, 'the form again')
  },
)

t.test('a frame whose sign-in is too weak shows a link', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys, routes })
  const browser = openBrowser()
  await browser.open('/')
  const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }
  const page = await browser.fetch('/pay/7', { headers })
  t.equal(page.status, 401)
  t.match(page.body, /href="\/_cogate\/login\?returnTo=%2Fpay%2F7" target="_top"/)
  t.equal((await browser.open('/_cogate/login?returnTo=%2Fpay%2F7')).url, `${publicOrigin}/pay/7`)
})

t.test('a sign-in is as old as it was when it was asked for, however long the way back takes', async (t) => {
  const { openBrowser, clock, issuer } = await startLoginWorld(t, { keys, env: { COGATE_LOGIN_MAX_AGE: '0s' } })
  const browser = openBrowser()
  const start = await browser.fetch('/page')
  t.equal(new URL(start.location).searchParams.get('max_age'), '0')
  clock.advance(20_000)
  const callback = await signInUntilCallback(browser, start)
  clock.advance(30_900)
  t.equal((await browser.fetch(callback)).location, `${publicOrigin}/page`)
  t.ok(browser.cookie('__Host-cogate'))
  browser.forget('__Host-cogate')
  clock.advance(5000)
  issuer.login.faults.ignoreMaxAge = true
  const again = await browser.fetch(await signInUntilCallback(browser, await browser.fetch('/page')))
  t.equal(new URL(again.location).searchParams.get('prompt'), 'login', 'one of before is not taken')
})
