/**
 * Attack: a page of another site signs a victim out, to annoy, or to have her sign in again where the attacker wants it. A
 * green run proves that only a page of this origin, or the person herself, ends a session.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const document = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

const attempts = {
  'a form of another site': { method: 'POST', headers: { 'sec-fetch-site': 'cross-site', ...document } },
  'a form of a sibling': { method: 'POST', headers: { 'sec-fetch-site': 'same-site', ...document } },
  'a form of an old browser': { method: 'POST', headers: { origin: 'https://evil.example' } },
  'a form of a sandboxed frame': { method: 'POST', headers: { origin: 'null' } },
  'a link of another site': { method: 'GET', headers: { 'sec-fetch-site': 'cross-site', ...document } },
  'an image': { method: 'GET', headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' } },
  'an image in a page of the service': {
    method: 'GET',
    headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  },
  'a frame in a page of the service': {
    method: 'GET',
    headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  },
  'a page that is fetched ahead of time': {
    method: 'GET',
    headers: { 'sec-fetch-site': 'same-origin', ...document, 'sec-purpose': 'prefetch' },
  },
  'an old browser': { method: 'GET', headers: { accept: 'text/html' } },
}

t.test('what another page causes ends no session', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const session = browser.cookie('__Host-cogate')
  for (const [name, request] of Object.entries(attempts)) {
    const answer = await browser.fetch('/_cogate/logout', request)
    t.equal(answer.status, request.method === 'POST' ? 403 : 200, name)
    t.equal(answer.headers['set-cookie'], undefined, name)
    t.equal(browser.cookie('__Host-cogate'), session, name)
  }
  t.equal((await browser.fetch('/', { headers: sameOriginFetch })).status, 200)
  t.equal(issuer.login.revocations, 0)
})

t.test('the page that asks cannot be framed, so that nobody is made to press its button', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const { headers } = await openBrowser().fetch('/_cogate/logout')
  t.match(headers['content-security-policy'], /frame-ancestors 'none'/)
})
