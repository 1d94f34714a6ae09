import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()

t.test('a person who opens a deep link signs in and gets the page; the service learns who it is', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const first = await browser.fetch('/reports/7?tab=2')
  t.equal(first.status, 302)
  t.equal(new URL(first.location).origin, issuer.url)
  t.equal(first.headers['cache-control'], 'no-store')
  const page = await browser.open('/reports/7?tab=2')
  t.equal(page.status, 200)
  const seen = JSON.parse(page.body)
  t.equal(seen.url, '/reports/7?tab=2')
  t.match(seen.headers, {
    'x-forwarded-user': 'alice',
    'x-forwarded-groups': 'admin',
    'x-forwarded-email': 'alice@example.com',
    'x-cognito-token-use': 'access',
  })
  t.notOk('cookie' in seen.headers, 'the cookies of the gate stay at the gate')
  t.match(browser.cookie('__Host-cogate'), /^1~[\w-]+$/)
  t.equal(issuer.login.tokenRequests(), 1)
})

t.test('the session is used without another look at Cognito', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  for (let i = 0; i < 5; i++) t.equal((await browser.fetch('/again', { headers: sameOriginFetch })).status, 200)
  t.equal(issuer.login.tokenRequests(), 1)
})

t.test('a sign-out ends the session here and at Cognito (logout-01)', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const copy = browser.cookie('__Host-cogate') ?? ''
  const answer = await browser.fetch('/_cogate/logout', { method: 'POST', headers: { origin: publicOrigin } })
  t.equal(answer.status, 303)
  const target = new URL(answer.location)
  t.equal(target.origin + target.pathname, `${issuer.url}/logout`)
  t.equal(target.searchParams.get('logout_uri'), `${publicOrigin}/_cogate/logged-out`)
  t.equal(issuer.login.revocations, 1)
  t.equal(browser.cookie('__Host-cogate'), undefined)
  const end = await browser.open(answer.location)
  t.match(end.body, /You are signed out/)
  browser.setCookie('__Host-cogate', copy)
  t.equal((await browser.fetch('/', { headers: sameOriginFetch })).status, 401)
})

t.test('e-mail comes from the ID token, and only if it was verified', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const page = await openBrowser().open('/', { as: 'carol' })
  const { headers } = JSON.parse(page.body)
  t.equal(headers['x-forwarded-user'], 'carol')
  t.equal(headers['x-forwarded-email'], undefined)
})

t.test('the other issuer form of the pool is accepted in an ID token, and a foreign issuer is not', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  issuer.login.faults.idTokenIssuer = 'original'
  const page = await openBrowser().open('/')
  t.equal(page.status, 502, 'the gate was told another issuer')
  issuer.login.faults.idTokenIssuer = undefined
  t.equal((await openBrowser().open('/')).status, 200)
})
