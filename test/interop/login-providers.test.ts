/**
 * Browser sign-in at identity providers that are not ours: oidc-provider on Cognito's paths, whose refresh tokens work once
 * and whose reuse ends the whole family, and cognito-local. Needs the npm registry, so it is no part of `npm test`.
 */
import t, { type Test } from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { call, seededPool, startCognitoLocal } from '../helpers/cognito-local.ts'
import {
  type Browser,
  type BrowserAnswer,
  publicOrigin,
  sameOriginFetch,
  startLoginWorld,
} from '../helpers/login-world.ts'
import { fetchOidcProvider, signInAtProvider, startOidcProvider } from '../helpers/oidc-provider.ts'

t.setTimeout(10 * 60_000)

const hourMs = 3_600_000
const refreshed = 'grant.success refresh_token'
const refreshRefused = 'grant.error refresh_token'
const keys = createKeys()
const folder = fetchOidcProvider(t)

async function startWorld(t: Test) {
  const provider = await startOidcProvider(t, folder)
  const { env } = provider
  const world = await startLoginWorld(t, { keys, env })
  const advance = async (ms: number) => {
    world.clock.advance(ms)
    await provider.advance(ms)
  }
  const openSignedIn = async (): Promise<Browser> => {
    const browser = world.openBrowser()
    await signInAtProvider(browser, await browser.fetch('/'))
    return browser
  }
  return { ...world, provider, advance, openSignedIn }
}

async function statusOf(browser: Browser): Promise<number> {
  return (await browser.fetch('/', { headers: sameOriginFetch })).status
}

t.test('oidc-provider: a person signs in, and the service learns who it is', async (t) => {
  const { openBrowser, provider } = await startWorld(t)
  const browser = openBrowser()
  const page = await signInAtProvider(browser, await browser.fetch('/reports/7'))
  t.equal(page.url, `${publicOrigin}/reports/7`)
  t.match(JSON.parse(page.body).headers, {
    'x-forwarded-user': 'alice',
    'x-forwarded-email': 'alice@example.com',
    'x-forwarded-groups': 'admin',
  })
  t.equal(provider.count('grant.success authorization_code'), 1)
})

t.test('oidc-provider: twenty requests at expiry cause one refresh, and the family of tokens lives on', async (t) => {
  const { openSignedIn, provider, advance } = await startWorld(t)
  const browser = await openSignedIn()
  for (let hours = 1; hours <= 5; hours++) {
    await advance(hourMs)
    const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOf(browser)))
    t.same(new Set(statuses), new Set([200]), `${hours} h`)
    t.equal(provider.count(refreshed), hours)
  }
  t.equal(provider.count(refreshRefused), 0)
})

t.test('oidc-provider: an old cookie that comes late ends the session of its family everywhere', async (t) => {
  const { openBrowser, openSignedIn, provider, advance } = await startWorld(t)
  const browser = await openSignedIn()
  const thief = openBrowser()
  thief.setCookie('__Host-cogate', browser.cookie('__Host-cogate') ?? '')
  await advance(hourMs)
  t.equal(await statusOf(browser), 200)
  await advance(hourMs)
  t.equal(await statusOf(thief), 401, 'the refresh token of the copy was used already')
  t.equal(provider.count('grant.revoked refresh_token'), 1)
  t.equal(await statusOf(browser), 401)
  t.equal(provider.count(refreshed), 1)
})

t.test('oidc-provider: a sign-out revokes the refresh token and leads to the end of the session there', async (t) => {
  const { openBrowser, openSignedIn, startReplica, provider, advance } = await startWorld(t)
  const browser = await openSignedIn()
  const copy = browser.cookie('__Host-cogate') ?? ''
  const out = await browser.fetch('/_cogate/logout', { method: 'POST', headers: { origin: publicOrigin } })
  t.equal(out.status, 303)
  const page = await browser.fetch(out.location)
  t.equal(page.status, 200)
  t.match(page.body, /sign-out/i, 'it asks; the parameter logout_uri is only Cognito')
  const [, action = ''] = /action="([^"]+)"/.exec(page.body) ?? []
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page.body) ?? []
  await browser.fetch(action, { method: 'POST', body: new URLSearchParams({ xsrf, logout: 'yes' }).toString() })
  t.equal(provider.count('end_session.success'), 1)
  await advance(hourMs)
  const elsewhere = openBrowser(await startReplica())
  elsewhere.setCookie('__Host-cogate', copy)
  t.equal(await statusOf(elsewhere), 401, 'a replica that knows nothing of the sign-out')
  t.equal(provider.count(refreshRefused), 1)
})

/** A user and an app client for browsers, in the pool that it has from the start. */
async function prepareCognitoLocal(origin: string): Promise<string> {
  const pool = { UserPoolId: seededPool }
  const { UserPoolClient } = await call<{ UserPoolClient: { ClientId: string } }>(origin, 'CreateUserPoolClient', {
    ...pool,
    ClientName: 'browsers',
    CallbackURLs: [`${publicOrigin}/_cogate/callback`],
  })
  const user = { ...pool, Username: 'alice@example.com' }
  await call(origin, 'AdminCreateUser', { ...user, TemporaryPassword: 'Interop-password-1', MessageAction: 'SUPPRESS' })
  await call(origin, 'AdminSetUserPassword', { ...user, Password: 'Interop-password-1', Permanent: true })
  return UserPoolClient.ClientId
}

/** Its form carries all parameters of the request in hidden fields. */
async function submitForm(browser: Browser, { url, body }: BrowserAnswer): Promise<BrowserAnswer> {
  const hidden = [...body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)]
  const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]))
  const form = { ...fields, username: 'alice@example.com', password: 'Interop-password-1' }
  const target = new URL('/oauth2/authorize', url).href
  return browser.fetch(target, { method: 'POST', body: new URLSearchParams(form).toString() })
}

t.test('cognito-local: its form and its code work, and its ID token without nonce is refused', async (t) => {
  const origin = await startCognitoLocal(t)
  const clientId = await prepareCognitoLocal(origin)
  const { openBrowser, gate } = await startLoginWorld(t, {
    keys,
    env: {
      COGATE_USER_POOL_ID: seededPool,
      COGATE_USER_POOL_ISSUER: undefined,
      COGATE_USER_POOL_JWKS_URI: `${origin}/${seededPool}/.well-known/jwks.json`,
      COGATE_CLIENT_ID: clientId,
      COGATE_LOGIN_CLIENT_ID: clientId,
      COGATE_LOGIN_DOMAIN: origin,
    },
  })
  const browser = openBrowser()
  const start = await browser.fetch('/x')
  const back = await submitForm(browser, await browser.fetch(start.location))
  t.match(back.location, `${publicOrigin}/_cogate/callback?code=`)
  const page = await browser.fetch(back.location)
  t.equal(page.status, 502)
  t.equal(browser.cookie('__Host-cogate'), undefined)
  t.match(await gate.logged(({ msg }) => msg === 'sign-in failed'), { detail: 'OAUTH_INVALID_RESPONSE' })
})
