import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { decodePayload, postForm, refresh, requestTokens, signInForTokens } from '../helpers/issuer-tokens.ts'

const keys = createKeys()
const clientId = '1democlient2345678901234ab'
const rotating = [{ clientId, refreshTokenRotation: { graceSeconds: 0 } }]

t.test('the next token requests answer what was asked for, and then all is well again', async (t) => {
  const issuer = await startTestIssuer(t, { keys, clients: rotating })
  const { refreshToken } = await signInForTokens(issuer)
  issuer.login.failNext(429, { count: 2 })
  issuer.login.failNext(503)
  issuer.login.failNext('invalid_client')
  issuer.login.failNext('unauthorized_client')
  issuer.login.failNext('invalid_grant')
  for (const status of [429, 429, 503, 401, 400, 400]) t.equal((await refresh(issuer, refreshToken)).status, status)
  t.equal((await refresh(issuer, refreshToken)).status, 200, 'none of them spent the token')
})

t.test('a fault of one grant leaves the others alone', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { refreshToken } = await signInForTokens(issuer)
  issuer.login.failNext(500, { grant: 'refresh_token' })
  t.equal((await requestTokens(issuer, { grant_type: 'client_credentials' })).status, 200)
  t.match(await refresh(issuer, refreshToken), { status: 500, body: { message: 'Internal error' } })
  t.equal((await refresh(issuer, refreshToken)).status, 200)
})

t.test('a request that hangs goes on when it is released', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { refreshToken } = await signInForTokens(issuer)
  issuer.login.failNext('hang', { count: 2 })
  let answered = 0
  const answers = [1, 2].map(() => refresh(issuer, refreshToken).finally(() => (answered += 1)))
  await issuer.login.tokenRequested(3)
  t.equal((await refresh(issuer, refreshToken)).status, 200, 'a later one is answered first')
  t.equal(answered, 0)
  t.equal(issuer.login.release(), 2)
  t.same(
    (await Promise.all(answers)).map(({ status }) => status),
    [200, 200],
  )
  t.equal(issuer.login.release(), 0)
})

t.test('close cuts the connection before the work, lose after it', async (t) => {
  const issuer = await startTestIssuer(t, { keys, clients: rotating })
  const { refreshToken } = await signInForTokens(issuer)
  issuer.login.failNext('close')
  await t.rejects(refresh(issuer, refreshToken))
  issuer.login.failNext('lose')
  await t.rejects(refresh(issuer, refreshToken), 'the token was not spent by the first, and is by this one')
  t.match(await refresh(issuer, refreshToken), { status: 400, body: { error: 'invalid_grant' } })
})

t.test('revocation and userInfo fail on demand too, and only they', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { refreshToken, body } = await signInForTokens(issuer)
  const authorization = `Bearer ${body['access_token']}`
  issuer.login.failNext(429, { at: 'userInfo' })
  issuer.login.failNext('hang', { at: 'revoke' })
  t.equal((await refresh(issuer, refreshToken)).status, 200)
  const userInfo = () => fetch(`${issuer.url}/oauth2/userInfo`, { headers: { authorization } })
  t.equal((await userInfo()).status, 429)
  t.equal((await userInfo()).status, 200)
  const form = { token: refreshToken, client_id: clientId }
  const revoked = postForm(`${issuer.url}/oauth2/revoke`, form)
  const second = await postForm(`${issuer.url}/oauth2/revoke`, { ...form, token: 'another' })
  t.equal(second.status, 200)
  t.equal(issuer.login.revocations, 2)
  t.equal(issuer.login.release(), 1)
  t.equal((await revoked).status, 200)
})

t.test('counts token requests by grant, also those that failed', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  t.equal(issuer.login.tokenRequests(), 0)
  const { refreshToken } = await signInForTokens(issuer)
  issuer.login.failNext(500)
  await refresh(issuer, refreshToken)
  await refresh(issuer, refreshToken)
  await refresh(issuer, 'made-up')
  const { tokenRequests } = issuer.login
  t.same([tokenRequests('authorization_code'), tokenRequests('refresh_token'), tokenRequests()], [1, 3, 4])
  t.equal(tokenRequests('client_credentials'), 0)
  await issuer.login.tokenRequested(4)
})

t.test('a refresh without an ID token, and one with tokens of somebody else', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { refreshToken, access } = await signInForTokens(issuer)
  const { faults } = issuer.login
  faults.omitIdTokenOnRefresh = true
  const without = await refresh(issuer, refreshToken)
  t.same(Object.keys(without.body), ['access_token', 'expires_in', 'token_type'])
  t.ok((await signInForTokens(issuer)).body['id_token'], 'a sign-in has one')
  faults.omitIdTokenOnRefresh = false
  faults.otherSubjectOnRefresh = true
  const { body } = await refresh(issuer, refreshToken)
  const subjects = [body['access_token'], body['id_token']].map((token) => decodePayload(token)['sub'])
  t.equal(subjects[0], subjects[1])
  t.not(subjects[0], access['sub'])
  t.equal((await signInForTokens(issuer)).access['sub'], access['sub'], 'a sign-in is of the right one')
})

t.test('each token takes the form of the issuer that it is set to', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  issuer.login.faults.idTokenIssuer = 'updated'
  const mixed = await signInForTokens(issuer)
  t.equal(mixed.access['iss'], issuer.issuer)
  t.equal(mixed.id['iss'], 'https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_DemoPool1')
  issuer.login.faults.idTokenIssuer = undefined
  issuer.login.faults.accessTokenIssuer = 'original'
  const { body } = await refresh(issuer, mixed.refreshToken)
  t.equal(decodePayload(body['access_token'])['iss'], 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_DemoPool1')
  t.equal(decodePayload(body['id_token'])['iss'], issuer.issuer)
})

t.test('stopping cuts requests that hang', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  issuer.login.failNext('hang')
  const answer = requestTokens(issuer, { grant_type: 'client_credentials' })
  await issuer.login.tokenRequested(1)
  await Promise.all([t.rejects(answer), issuer.close()])
})
