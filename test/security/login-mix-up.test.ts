/**
 * Attack: an answer of another issuer, or for another app client, takes the place of the one that the sign-in asked for
 * (mix-up). A green run proves that such an answer begins no session.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, sameOriginFetch, signInUntilCallback, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const session = '__Host-cogate'

t.test('a callback that names another issuer (RFC 9207) sends no code to the token endpoint', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  for (const iss of ['https://evil.example', `${issuer.issuer}/`, issuer.issuer.toUpperCase()]) {
    const browser = openBrowser()
    const callback = new URL(await signInUntilCallback(browser, await browser.fetch('/x')))
    callback.searchParams.set('iss', iss)
    const answer = await browser.fetch(callback.href)
    t.equal(answer.status, 502, iss)
    t.equal(browser.cookie(session), undefined)
  }
  t.equal(issuer.login.tokenRequests(), 0)
})

for (const [fault, detail] of [
  ['idTokenIssuer', /^OAUTH_/],
  ['accessTokenIssuer', /^the access token does not verify: issuer_unknown$/],
] as const) {
  t.test(`tokens of another issuer begin no session (${fault})`, async (t) => {
    const { openBrowser, issuer, gate } = await startLoginWorld(t, { keys })
    issuer.login.faults[fault] = 'original'
    const browser = openBrowser()
    const answer = await browser.open('/x')
    t.equal(answer.status, 502)
    t.match(await gate.logged(({ msg }) => msg === 'sign-in failed'), { detail })
    t.equal(browser.cookie(session), undefined)
  })
}

t.test('a code that another app client of the pool has asked for begins no session', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const clientId = '2otherclient345678901234ab'
  issuer.login.putClient({ clientId, callbackUrls: [`${publicOrigin}/_cogate/callback`] })
  const browser = openBrowser()
  const start = await browser.fetch('/x')
  const asked = new URL(start.location)
  asked.searchParams.set('client_id', clientId)
  const callback = await signInUntilCallback(browser, { ...start, location: asked.href })
  const answer = await browser.fetch(callback)
  t.equal(answer.status, 502)
  t.equal(browser.cookie(session), undefined)
})

t.test(
  'an answer of the user pool that is no code begins no session (response_mode, tokens in the query)',
  async (t) => {
    const { openBrowser, issuer } = await startLoginWorld(t, { keys })
    const browser = openBrowser()
    const state = new URL((await browser.fetch('/x')).location).searchParams.get('state') ?? ''
    const tokens = { access_token: issuer.mintAccessToken(), id_token: issuer.mintIdToken(), token_type: 'Bearer' }
    const answer = await browser.fetch(`/_cogate/callback?${new URLSearchParams({ state, ...tokens })}`)
    t.equal(answer.status, 502)
    t.equal(browser.cookie(session), undefined)
    t.equal(issuer.login.tokenRequests(), 0)
  },
)

t.test('a session of another gate with the same secrets and another app client opens nothing', async (t) => {
  const clientId = '2otherclient345678901234ab'
  const { openBrowser, issuer, startReplica, upstream } = await startLoginWorld(t, {
    keys,
    env: (own) => ({ COGATE_CLIENT_ID: `${own.clientId},${clientId}` }),
    routes: [{ path: '/*', auth: 'login' }],
  })
  const callbackUrls = [`${publicOrigin}/_cogate/callback`]
  issuer.login.putClient({ clientId, callbackUrls })
  const other = await startReplica({ COGATE_LOGIN_CLIENT_ID: clientId })
  const browser = openBrowser()
  await browser.open('/')
  const seen = upstream.requests.length
  browser.gate = other
  const answer = await browser.fetch('/', { headers: sameOriginFetch })
  t.match([answer.status, JSON.parse(answer.body)], [401, { code: 'session_invalid' }])
  t.equal(browser.cookie(session), undefined)
  t.equal(upstream.requests.length, seen)
})

t.test('a sign-in of another gate with the same secrets ends at none', async (t) => {
  const clientId = '2otherclient345678901234ab'
  const { openBrowser, issuer, startReplica } = await startLoginWorld(t, {
    keys,
    env: (own) => ({ COGATE_CLIENT_ID: `${own.clientId},${clientId}` }),
  })
  issuer.login.putClient({ clientId, callbackUrls: [`${publicOrigin}/_cogate/callback`] })
  const browser = openBrowser()
  const callback = await signInUntilCallback(browser, await browser.fetch('/x'))
  browser.gate = await startReplica({ COGATE_LOGIN_CLIENT_ID: clientId })
  t.equal((await browser.fetch(callback)).status, 502)
  t.equal(browser.cookie(session), undefined)
})
