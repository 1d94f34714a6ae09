/**
 * The auth API before cognito-local, an emulator that is not ours: sign-up, sign-in, an authenticator app, another password, a reset.
 * It has no renewal of tokens, no sign-out everywhere and no second message; the stand-in is asked for those.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { totpCode } from '../helpers/auth-world.ts'
import { call as ask, issuerDomain, seededPool, startCognitoLocal } from '../helpers/cognito-local.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { Browser, publicOrigin, sameOriginFetch, sessionSecret } from '../helpers/login-world.ts'
import { startUpstream } from '../helpers/upstream.ts'

t.setTimeout(10 * 60_000)

interface Answer {
  readonly status: number
  readonly json: Readonly<Record<string, string>>
}

t.test('happy paths', async (t) => {
  const sent = '424242'
  const origin = await startCognitoLocal(t, sent)
  const { UserPoolClient } = await ask<{ UserPoolClient: { ClientId: string } }>(origin, 'CreateUserPoolClient', {
    UserPoolId: seededPool,
    ClientName: 'auth-api',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  })
  const upstream = await startUpstream(t)
  const issuer = await startTestIssuer(t, { keys: createKeys() })
  const gate = await startTestGate(t, {
    issuer,
    upstream: upstream.url,
    routes: [{ path: '/*', auth: 'login' }],
    env: {
      COGATE_USER_POOL_ID: seededPool,
      COGATE_CLIENT_ID: UserPoolClient.ClientId,
      COGATE_USER_POOL_ISSUER: `${issuerDomain}/${seededPool}`,
      COGATE_USER_POOL_JWKS_URI: `${origin}/${seededPool}/.well-known/jwks.json`,
      COGATE_PUBLIC_URL: publicOrigin,
      COGATE_LOGIN_CLIENT_ID: UserPoolClient.ClientId,
      COGATE_SESSION_SECRETS: sessionSecret,
      COGATE_AUTH_API_ENDPOINT: origin,
      COGATE_AUTH_API_OPERATIONS:
        'signUp,confirm,signIn,challenge,totpAssociate,totpVerify,mfa,forgot,reset,password,signOut,session',
      COGATE_AUTH_API_SIGN_IN_PAGE: '/sign-in',
      COGATE_ROUTES: '[{ path: /sign-in, auth: none }, { path: /*, auth: login }]',
    },
  })
  const post = async (browser: Browser, path: string, body: object): Promise<Answer> => {
    const headers = { ...sameOriginFetch, origin: publicOrigin, 'content-type': 'application/json' }
    const answer = await browser.fetch(`/_cogate/auth/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: answer.status, json: answer.body === '' ? {} : JSON.parse(answer.body) }
  }
  const browser = new Browser(gate)
  const [username, password, next] = ['ida@example.com', 'Interop-password-1', 'Interop-password-2']

  const made = await post(browser, 'sign-up', { username, password, attributes: { email: username } })
  t.match(made, { status: 200, json: { confirmed: false } })
  t.match(await post(browser, 'confirm', { username, code: sent }), { status: 204 })
  t.match(await post(browser, 'sign-in', { username, password }), { status: 200, json: { status: 'signed-in' } })
  t.equal((await browser.fetch('/orders')).status, 200)
  t.ok(upstream.requests.at(-1)?.headers['x-forwarded-user'])

  t.match(await post(browser, 'password', { current: password, newPassword: next }), { status: 204 })
  const { json } = await post(browser, 'totp/associate', {})
  t.match(await post(browser, 'totp/verify', { code: totpCode(json['secret'] ?? '', Date.now()) }), { status: 200 })
  t.match(await post(browser, 'mfa', { totp: { enabled: true, preferred: true } }), { status: 204 })
  t.match(await post(browser, 'sign-out', {}), { status: 204 })
  t.equal((await browser.fetch('/orders')).status, 302)

  const first = await post(browser, 'sign-in', { username, password: next })
  t.match(first, { status: 200, json: { status: 'challenge', challenge: { name: 'SOFTWARE_TOKEN_MFA' } } })
  const code = totpCode(json['secret'] ?? '', Date.now())
  const end = await post(browser, 'challenge', { session: first.json['session'], answer: { code } })
  t.match(end, { status: 200, json: { status: 'signed-in' } })

  t.match(await post(browser, 'forgot', { username }), { status: 202 })
  t.match(await post(browser, 'reset', { username, code: sent, newPassword: password }), { status: 204 })
  t.match(await post(browser, 'sign-in', { username, password }), { status: 200 })
})
