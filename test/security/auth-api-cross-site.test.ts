/**
 * Attack: a page of another site makes a browser call the auth API, to sign the victim in as somebody else, out, or up. A green run
 * proves that only pages of the public origin and of `authApi.allowedOrigins` can, and that no form can at all.
 */
import t from 'tap'
import { startAuthWorld } from '../helpers/auth-world.ts'
import { publicOrigin, sameOriginFetch } from '../helpers/login-world.ts'

const body = { username: 'alice', password: 'demo-password' }
const foreign: readonly Readonly<Record<string, string>>[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' },
  { 'sec-fetch-site': 'cross-site' },
  { origin: 'null' },
  { origin: `${publicOrigin}.evil.example` },
  { origin: 'http://app.example.com' },
]

t.test('a call of another origin is refused before its body is read', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t)
  for (const headers of foreign) {
    for (const path of ['sign-in', 'sign-out', 'sign-up', 'challenge']) {
      const answer = await call(openBrowser(), path, body, headers)
      t.match(answer, { status: 403, json: { code: 'cross_site_request' } }, `${path} ${JSON.stringify(headers)}`)
      t.equal(answer.headers['set-cookie'], undefined)
      t.equal(answer.headers['access-control-allow-origin'], undefined)
    }
    t.equal((await call(openBrowser(), 'session', undefined, headers)).status, 403)
  }
  t.same(asked('InitiateAuth'), [])
})

t.test('what a form can send is no call', async (t) => {
  const { openBrowser, asked } = await startAuthWorld(t)
  for (const type of [
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'text/plain',
    'text/json',
    'application/jsonp',
    '',
  ]) {
    const headers = { ...sameOriginFetch, origin: publicOrigin, 'content-type': type }
    const answer = await openBrowser().fetch('/_cogate/auth/sign-in', {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    t.equal(answer.status, 415, type)
    t.match(JSON.parse(answer.body), { code: 'json_required' })
  }
  t.same(asked('InitiateAuth'), [])
})

t.test('an origin that is listed may call, and gets its preflight answered', async (t) => {
  const friend = 'https://www.example.com'
  const { openBrowser, call } = await startAuthWorld(t, {
    env: (issuer) => ({ COGATE_AUTH_API_ENDPOINT: issuer.url, COGATE_AUTH_API_ALLOWED_ORIGINS: friend }),
  })
  const asks = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
  const preflight = await openBrowser().fetch('/_cogate/auth/sign-in', {
    method: 'OPTIONS',
    headers: { origin: friend, ...asks },
  })
  t.equal(preflight.status, 204)
  t.match(preflight.headers, { 'access-control-allow-origin': friend, 'access-control-allow-headers': 'content-type' })
  const headers = { origin: friend, 'sec-fetch-site': 'same-site' }
  const browser = openBrowser()
  const answer = await call(browser, 'sign-in', body, headers)
  t.match(answer, {
    status: 200,
    headers: { 'access-control-allow-origin': friend, 'access-control-allow-credentials': 'true' },
  })
  t.match(await call(browser, 'refresh', {}, headers), { status: 200 }, 'with the session that has begun, too')
  t.match(await call(browser, 'totp/associate', {}, headers), { status: 200 })
  const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  t.match(await call(browser, 'totp/associate', {}, evil), { status: 403, json: { code: 'cross_site_request' } })
  const wrong = await call(openBrowser(), 'sign-in', { ...body, password: 'wrong' }, headers)
  t.match(wrong, { status: 401, headers: { 'access-control-allow-origin': friend } }, 'its page reads refusals too')
  const other = { origin: 'https://evil.example', ...asks }
  t.equal((await openBrowser().fetch('/_cogate/auth/sign-in', { method: 'OPTIONS', headers: other })).status, 404)
  t.match(await call(openBrowser(), 'sign-in', body, { origin: 'https://evil.example' }), { status: 403 })
})

t.test('operations that are not listed, other methods and other spellings are no endpoints', async (t) => {
  const { openBrowser, asked } = await startAuthWorld(t, {
    env: (issuer) => ({ COGATE_AUTH_API_ENDPOINT: issuer.url, COGATE_AUTH_API_OPERATIONS: 'signIn' }),
  })
  const headers = { ...sameOriginFetch, origin: publicOrigin, 'content-type': 'application/json' }
  const post = async (path: string, method = 'POST') =>
    (await openBrowser().fetch(`/_cogate/auth/${path}`, { method, headers, body: JSON.stringify(body) })).status
  for (const path of [
    'sign-up',
    'forgot',
    'session',
    'sign-in/',
    'Sign-In',
    'sign%2din',
    '',
    'openapi.json',
    '../auth/sign-in',
  ]) {
    t.match(String(await post(path)), /40[04]/, path)
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'QUERY', 'PURGE']) {
    t.match(String(await post('sign-in', method)), /40[04]/, method)
  }
  t.equal((await openBrowser().fetch('/_cogate/auth/sign-in')).status, 404)
  t.same(asked('InitiateAuth'), [])
})
