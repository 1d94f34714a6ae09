import t from 'tap'
import { createKeys } from '../../../src/issuer/keys.ts'
import { createClock } from '../../helpers/clock.ts'
import { type Issuer, startTestIssuer } from '../../helpers/issuer.ts'
import { askForCode, CALLBACK, openBrowser, signIn } from '../../helpers/issuer-browser.ts'
import { decodePayload, type Fields, requestTokens, signInForTokens } from '../../helpers/issuer-tokens.ts'

const keys = createKeys()
const confidential = { clientId: 'secret1', clientSecret: 's3c+ret', callbackUrls: [CALLBACK] }
const refusal = (error: string, status = 400) => ({ status, body: { error } })

/** What an application sends to redeem a code of alice. */
async function prepareCode(issuer: Issuer, parameters: Fields = {}) {
  const { url, verifier } = askForCode(issuer, parameters)
  const callback = await signIn(openBrowser(), url)
  const code = callback.searchParams.get('code') ?? ''
  return { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier }
}

t.test('a code works once', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const form = await prepareCode(issuer)
  t.equal((await requestTokens(issuer, form)).status, 200)
  t.same(await requestTokens(issuer, form), refusal('invalid_grant'))
})

t.test('a code works for five minutes', async (t) => {
  const clock = createClock()
  const issuer = await startTestIssuer(t, { keys, now: clock.now })
  const [inTime, late] = [await prepareCode(issuer), await prepareCode(issuer)]
  clock.advance(5 * 60_000 - 1)
  t.equal((await requestTokens(issuer, inTime)).status, 200)
  clock.advance(1)
  t.same(await requestTokens(issuer, late), refusal('invalid_grant'))
})

t.test('a code is refused with another verifier, callback or client, and without what it needs', async (t) => {
  const issuer = await startTestIssuer(t, { keys, clients: [{ clientId: 'second', callbackUrls: [CALLBACK] }] })
  for (const [change, expected] of [
    [{ code_verifier: 'a'.repeat(43) }, refusal('invalid_grant')],
    [{ code_verifier: undefined }, refusal('invalid_grant')],
    [{ client_id: 'second' }, refusal('invalid_grant')],
    [{ code: 'made-up' }, refusal('invalid_grant')],
    [{ code: undefined }, refusal('invalid_request')],
    [{ redirect_uri: undefined }, refusal('invalid_request')],
    [{ client_id: undefined }, refusal('invalid_request')],
    [{ client_id: 'nobody' }, refusal('invalid_client', 401)],
    [{ grant_type: 'password' }, refusal('unsupported_grant_type')],
    [{ grant_type: 'constructor' }, refusal('unsupported_grant_type')],
  ] as const) {
    t.same(await requestTokens(issuer, { ...(await prepareCode(issuer)), ...change }), expected, JSON.stringify(change))
  }
  const other = await requestTokens(issuer, { ...(await prepareCode(issuer)), redirect_uri: `${CALLBACK}/` })
  t.same(other, { status: 400, body: { error: 'unauthorized_client', error_description: 'invalid_redirect' } })
})

t.test('a code without a challenge needs no verifier, and is refused with one', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const none = { code_challenge: undefined, code_challenge_method: undefined }
  t.same(await requestTokens(issuer, await prepareCode(issuer, none)), refusal('invalid_grant'))
  const form = { ...(await prepareCode(issuer, none)), code_verifier: undefined }
  t.equal((await requestTokens(issuer, form)).status, 200)
})

t.test(
  'a client with a secret proves it with Basic or in the form, and a wrong one is 401 invalid_client',
  async (t) => {
    const issuer = await startTestIssuer(t, { keys, clients: [confidential] })
    const basic = (secret: string) => ({
      authorization: `Basic ${Buffer.from(`secret1:${secret}`).toString('base64')}`,
    })
    const prepare = async () => ({ ...(await prepareCode(issuer, { client_id: 'secret1' })), client_id: 'secret1' })
    t.equal((await requestTokens(issuer, await prepare(), basic('s3c+ret'))).status, 200)
    t.equal((await requestTokens(issuer, { ...(await prepare()), client_id: undefined }, basic('s3c+ret'))).status, 200)
    t.equal(
      (await requestTokens(issuer, await prepare(), basic('s3c%2Bret'))).status,
      200,
      'form-encoded, RFC 6749 2.3.1',
    )
    t.equal((await requestTokens(issuer, { ...(await prepare()), client_secret: 's3c+ret' })).status, 200)

    const form = await prepare()
    for (const wrong of ['', 'wrong', 's3c+ret ', 'S3C+RET', 's3c%2bre']) {
      t.same(await requestTokens(issuer, form, basic(wrong)), refusal('invalid_client', 401), wrong)
      t.same(await requestTokens(issuer, { ...form, client_secret: wrong }), refusal('invalid_client', 401), wrong)
    }
    t.same(await requestTokens(issuer, form), refusal('invalid_client', 401), 'no secret at all')
    t.equal((await requestTokens(issuer, form, basic('s3c+ret'))).status, 200, 'no attempt spent the code')
  },
)

t.test('a client that may not use a grant is refused as unauthorized_client', async (t) => {
  const issuer = await startTestIssuer(t, { keys, clients: [{ clientId: 'machine', grants: ['client_credentials'] }] })
  for (const grant_type of ['authorization_code', 'refresh_token']) {
    const form = { grant_type, client_id: 'machine', code: 'x', redirect_uri: CALLBACK, refresh_token: 'x' }
    t.same(await requestTokens(issuer, form), refusal('unauthorized_client'), grant_type)
  }
  const { status, body } = await requestTokens(issuer, { grant_type: 'client_credentials', client_id: 'machine' })
  t.equal(status, 200)
  t.equal(decodePayload(body['access_token'])['client_id'], 'machine')
})

t.test('the ID token holds what the scopes open, of the user as he is', async (t) => {
  const users = [
    { username: 'dora', password: 'demo-password', sub: 'sub-of-dora' },
    { username: 'carol', password: 'demo-password', email: 'c@example.com', name: 'Carol' },
  ]
  const issuer = await startTestIssuer(t, { keys, users })
  const attributes = async (username: string, scope: string) => {
    const { id } = await signInForTokens(issuer, { username, parameters: { scope } })
    const { email, email_verified, name } = id
    return { email, email_verified, name }
  }
  const all = { email: 'c@example.com', email_verified: false, name: 'Carol' }
  t.same(await attributes('carol', 'openid'), all, 'openid alone opens all')
  t.same(await attributes('carol', 'openid email'), { ...all, name: undefined })
  t.same(await attributes('carol', 'openid profile api/read'), {
    name: 'Carol',
    email: undefined,
    email_verified: undefined,
  })
  t.same(await attributes('dora', 'openid'), { email: undefined, email_verified: undefined, name: undefined })
  const dora = await signInForTokens(issuer, { username: 'dora' })
  t.same([dora.id['sub'], dora.access['sub']], ['sub-of-dora', 'sub-of-dora'])
  t.notOk('cognito:groups' in dora.id || 'cognito:groups' in dora.access)
})

t.test(
  'without the scope openid there is no ID token, and without any scope there are all of the client',
  async (t) => {
    const issuer = await startTestIssuer(t, { keys })
    const narrow = await signInForTokens(issuer, { parameters: { scope: 'api/read' } })
    t.same(Object.keys(narrow.body), ['access_token', 'refresh_token', 'expires_in', 'token_type'])
    t.equal(narrow.access['scope'], 'api/read')
    const wide = await signInForTokens(issuer, { parameters: { scope: undefined } })
    t.match(wide.access['scope'], /^openid email .*api\/write$/)
  },
)

t.test('acr and amr are in both tokens when a level was asked for, and in none when it is ignored', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const acr_values = 'urn:cognito:loa:9 urn:cognito:loa:4 urn:cognito:loa:1'
  const { access, id } = await signInForTokens(issuer, { parameters: { acr_values } })
  for (const claims of [access, id]) t.match(claims, { acr: 'urn:cognito:loa:4', amr: ['pwd', 'otp', 'mfa'] })
  const low = await signInForTokens(issuer, { parameters: { acr_values: 'urn:cognito:loa:1' } })
  t.match(low.access, { acr: 'urn:cognito:loa:1', amr: ['pwd'] })
  issuer.login.faults.ignoreAcr = true
  const ignored = await signInForTokens(issuer, { parameters: { acr_values } })
  for (const claims of [ignored.access, ignored.id]) t.notOk('acr' in claims || 'amr' in claims)
})

t.test('a silent sign-in has the auth_time and the level of the session, and an origin_jti of its own', async (t) => {
  const clock = createClock(1_790_000_000_000)
  const issuer = await startTestIssuer(t, { keys, now: clock.now })
  const browser = openBrowser()
  await signIn(browser, askForCode(issuer, { acr_values: 'urn:cognito:loa:3' }).url)
  clock.advance(600_000)
  const redeem = async () => {
    const { url, verifier } = askForCode(issuer)
    const code = (await browser.get(url)).location?.searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier }
    return decodePayload((await requestTokens(issuer, form)).body['access_token'])
  }
  const [first, second] = [await redeem(), await redeem()]
  t.match(first, { auth_time: 1_790_000_000, iat: 1_790_000_600, acr: 'urn:cognito:loa:3' })
  t.not(first['origin_jti'], second['origin_jti'])
})

t.test('tokens last as long as the client is set to', async (t) => {
  const issuer = await startTestIssuer(t, {
    keys,
    clients: [{ clientId: '1democlient2345678901234ab', tokenSeconds: 300 }],
  })
  const { access, id, body } = await signInForTokens(issuer)
  t.equal(body['expires_in'], 300)
  for (const claims of [access, id]) t.equal(Number(claims['exp']) - Number(claims['iat']), 300)
})

t.test('a user who is disabled between sign-in and redemption gets no token', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const form = await prepareCode(issuer)
  issuer.login.putUser({ username: 'alice', password: 'x', disabled: true })
  t.same(await requestTokens(issuer, form), refusal('invalid_grant'))
})

t.test('a resource that is known becomes the audience, and the code of an unknown one is not redeemed', async (t) => {
  const resource = 'https://mcp.example.com/mcp'
  const issuer = await startTestIssuer(t, { keys, resourceServers: [resource] })
  const audienceOf = async (form: Fields) => {
    const { body } = await requestTokens(issuer, form)
    return { aud: decodePayload(String(body['access_token']))['aud'], refresh: String(body['refresh_token']) }
  }
  const { aud, refresh } = await audienceOf(await prepareCode(issuer, { resource }))
  t.equal(aud, resource)
  t.equal((await audienceOf({ grant_type: 'refresh_token', refresh_token: refresh })).aud, resource)
  t.equal((await audienceOf(await prepareCode(issuer))).aud, undefined)
  const other = await prepareCode(issuer, { resource: `${resource}/` })
  t.same(await requestTokens(issuer, other), refusal('invalid_grant'))
})

t.test('without resource servers a resource has no effect', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { body } = await requestTokens(issuer, await prepareCode(issuer, { resource: 'https://a.example/' }))
  t.notOk('aud' in decodePayload(String(body['access_token'])))
})
