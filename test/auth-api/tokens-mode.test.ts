/** `authApi.mode: tokens`: the caller keeps the tokens, and shows its access token as a bearer token. */
import { createServer } from 'node:http'
import t from 'tap'
import { startAuthWorld, totpCode } from '../helpers/auth-world.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import type { LoginWorldOptions } from '../helpers/login-world.ts'

const password = 'demo-password'

function tokensMode(env: Readonly<Record<string, string>> = {}): LoginWorldOptions {
  return {
    routes: [{ path: '/*' }],
    env: (issuer) => ({
      COGATE_AUTH_API_ENDPOINT: issuer.url,
      COGATE_AUTH_API_MODE: 'tokens',
      COGATE_AUTH_API_SIGN_IN_PAGE: undefined,
      ...env,
    }),
  }
}

t.test('a sign-in answers with tokens that the service accepts, and sets no cookie', async (t) => {
  const { openBrowser, call, upstream } = await startAuthWorld(t, tokensMode())
  const app = openBrowser()
  const { json, headers } = await call(app, 'sign-in', { username: 'alice', password }, {})
  t.match(json, { status: 'signed-in', user: { username: 'alice' }, tokens: { accessToken: /^eyJ/, idToken: /^eyJ/ } })
  t.equal(headers['set-cookie'], undefined)
  const authorization = `Bearer ${json.tokens?.accessToken}`
  t.equal((await app.fetch('/orders', { headers: { authorization } })).status, 200)
  t.equal(upstream.requests.at(-1)?.headers['x-forwarded-user'], 'alice')
  t.match(await call(app, 'session', undefined, { authorization }), {
    status: 200,
    json: { user: { username: 'alice' } },
  })
})

t.test('refresh, sign-out and sign-out everywhere', async (t) => {
  const { openBrowser, call, clock } = await startAuthWorld(t, tokensMode())
  const app = openBrowser()
  const first = (await call(app, 'sign-in', { username: 'alice', password }, {})).json.tokens
  const other = (await call(app, 'sign-in', { username: 'alice', password }, {})).json.tokens
  clock.advance(60_000)
  const next = await call(app, 'refresh', { refreshToken: first?.refreshToken }, {})
  t.match(next, { status: 200, json: { status: 'signed-in', tokens: { accessToken: /^eyJ/ } } })
  t.match(await call(app, 'refresh', {}, {}), { status: 400, json: { code: 'request_invalid' } })
  t.match(await call(app, 'sign-out', { refreshToken: first?.refreshToken }, {}), { status: 204 })
  t.match(await call(app, 'refresh', { refreshToken: first?.refreshToken }, {}), {
    status: 401,
    json: { code: 'session_expired' },
  })
  t.match(await call(app, 'sign-out', { refreshToken: 'a.b.c' }, {}), {
    status: 400,
    json: { code: 'request_invalid' },
  })
  t.match(await call(app, 'sign-out', { everywhere: true }, {}), { status: 401, json: { code: 'token_missing' } })
  const authorization = `Bearer ${other?.accessToken}`
  t.match(await call(app, 'sign-out', { everywhere: true }, { authorization }), { status: 204 })
  t.match(await call(app, 'sign-out', { everywhere: true }, { authorization }), { status: 204 }, 'it is over already')
  t.match(await call(app, 'refresh', { refreshToken: other?.refreshToken }, {}), { status: 401 })
})

t.test(
  'a sign-out everywhere that Cognito does not do says so, and revokes the refresh token all the same',
  async (t) => {
    const { openBrowser, call, asked, issuer } = await startAuthWorld(t, tokensMode())
    const app = openBrowser()
    const signIn = async () => (await call(app, 'sign-in', { username: 'alice', password }, {})).json.tokens
    const first = await signIn()
    const ofPages = { authorization: `Bearer ${issuer.mintAccessToken()}` }
    const everywhere = { everywhere: true, refreshToken: first?.refreshToken }
    t.match(await call(app, 'sign-out', everywhere, ofPages), { status: 401, json: { code: 'session_expired' } })
    t.equal(asked('RevokeToken').length, 1)
    const next = await signIn()
    issuer.login.failNextCall({ type: 'InternalErrorException', operation: 'GlobalSignOut' })
    const own = { authorization: `Bearer ${next?.accessToken}` }
    const body = { everywhere: true, refreshToken: next?.refreshToken }
    t.match(await call(app, 'sign-out', body, own), { status: 502, json: { code: 'pool_unavailable' } })
    t.equal(asked('RevokeToken').length, 2)
    t.match(await call(app, 'refresh', { refreshToken: next?.refreshToken }, {}), { status: 401 })
  },
)

t.test('a refresh token that was used before, or is of another app client, is a mistake of its caller', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t, tokensMode())
  const app = openBrowser()
  for (const [operation, path, type, status, code] of [
    ['GetTokensFromRefreshToken', 'refresh', 'RefreshTokenReuseException', 401, 'session_expired'],
    ['RevokeToken', 'sign-out', 'UnauthorizedException', 400, 'request_invalid'],
    ['RevokeToken', 'sign-out', 'UnsupportedTokenTypeException', 400, 'request_invalid'],
  ] as const) {
    issuer.login.failNextCall({ type, operation })
    const answer = await call(app, path, { refreshToken: 'of-somebody' }, {})
    t.match(answer, { status, json: { code } }, `${type} at ${path}`)
  }
})

t.test('tokens of others are refused where somebody must have signed in', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t, tokensMode())
  const app = openBrowser()
  const refused = async (authorization: string) => (await call(app, 'totp/associate', {}, { authorization })).json.code
  t.equal(await refused('Basic YTpi'), 'token_missing')
  t.equal(await refused('Bearer '), 'token_malformed')
  t.equal(await refused(`Bearer ${'a'.repeat(9000)}`), 'token_too_large')
  t.equal(await refused(`Bearer ${issuer.tamper(issuer.mintAccessToken())}`), 'signature_invalid')
  t.equal(await refused(`Bearer ${issuer.mintIdToken()}`), 'token_use_not_allowed')
  t.equal(await refused(`Bearer ${issuer.mintAccessToken()}`), 'session_expired', 'it lacks the scope of the API')
})

t.test('an ID token is refused there too where a rule accepts it', async (t) => {
  const routes = [{ path: '/people/*', tokenUse: ['id'] }]
  const { openBrowser, call, issuer } = await startAuthWorld(t, { ...tokensMode(), routes })
  const app = openBrowser()
  const authorization = `Bearer ${issuer.mintIdToken()}`
  t.match(await call(app, 'totp/associate', {}, { authorization }), { json: { code: 'token_use_not_allowed' } })
  t.equal((await app.fetch('/people/x', { headers: { authorization } })).status, 200)
})

t.test('an access token that cannot be read is 502', async (t) => {
  const payloads = ['null', '{"sub":"x"}', '{"exp":1e300}', '[]', '{']
  const tokens = ['opaque', ...payloads.map((text) => `e30.${Buffer.from(text).toString('base64url')}.x`)]
  for (const AccessToken of tokens) {
    const pool = createServer((_request, response) =>
      response.end(JSON.stringify({ AuthenticationResult: { AccessToken } })),
    )
    const { port } = await listenOnLoopback(t, pool)
    const world = await startAuthWorld(t, tokensMode({ COGATE_AUTH_API_ENDPOINT: `http://127.0.0.1:${port}` }))
    for (const [path, body] of [
      ['sign-in', { username: 'alice', password }],
      ['refresh', { refreshToken: 'x' }],
    ] as const) {
      t.match(await world.call(world.openBrowser(), path, body, {}), {
        status: 502,
        json: { code: 'pool_unavailable' },
      })
    }
  }
})

t.test('a challenge is answered without cookies', async (t) => {
  const { openBrowser, call, issuer, clock } = await startAuthWorld(t, tokensMode())
  const totpSecret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
  issuer.login.putUser({ username: 'dora', password, totpSecret, mfa: { enabled: ['SOFTWARE_TOKEN_MFA'] } })
  const first = await call(openBrowser(), 'sign-in', { username: 'dora', password }, {})
  const body = { session: first.json.session, answer: { code: totpCode(totpSecret, clock.now()) } }
  t.match(await call(openBrowser(), 'challenge', body, {}), { status: 200, json: { status: 'signed-in' } })
})
