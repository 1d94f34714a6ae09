import { createHash } from 'node:crypto'
import t from 'tap'
import { createKeys } from '../../../src/issuer/keys.ts'
import { startTestIssuer } from '../../helpers/issuer.ts'
import { askForCode, CALLBACK, openBrowser, signIn } from '../../helpers/issuer-browser.ts'
import { decodePayload, requestTokens } from '../../helpers/issuer-tokens.ts'

const keys = createKeys()

t.test('a sign-in with PKCE returns the state, and tokens with the claims that Cognito sends', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { url, verifier } = askForCode(issuer)
  const callback = await signIn(openBrowser(), url)
  t.equal(callback.origin + callback.pathname, CALLBACK)
  t.same([...callback.searchParams.keys()], ['code', 'state'])
  t.equal(callback.searchParams.get('state'), 'the-state')

  const { status, body } = await requestTokens(issuer, {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: verifier,
    client_id: issuer.clientId,
  })
  t.equal(status, 200)
  t.same(Object.keys(body), ['id_token', 'access_token', 'refresh_token', 'expires_in', 'token_type'])
  t.match(body, { expires_in: 3600, token_type: 'Bearer' })
  t.equal(String(body['refresh_token']).length, 1785)
  t.equal(String(body['refresh_token']).split('.').length, 5)
  const access = decodePayload(body['access_token'])
  const id = decodePayload(body['id_token'])
  t.match(access, {
    iss: issuer.issuer,
    client_id: issuer.clientId,
    token_use: 'access',
    scope: 'openid email profile',
    username: 'alice',
    'cognito:groups': ['admin'],
    version: 2,
  })
  t.match(id, {
    iss: issuer.issuer,
    aud: issuer.clientId,
    token_use: 'id',
    nonce: 'the-nonce',
    email: 'alice@example.com',
    email_verified: true,
    name: 'Alice Example',
    'cognito:username': 'alice',
    'cognito:groups': ['admin'],
  })
  for (const claim of ['sub', 'origin_jti', 'event_id', 'auth_time', 'iat', 'exp'])
    t.equal(id[claim], access[claim], claim)
  t.not(id['jti'], access['jti'])
  t.notOk('acr' in access || 'acr' in id)
  const hash = createHash('sha256').update(String(body['access_token'])).digest().subarray(0, 16)
  t.equal(id['at_hash'], hash.toString('base64url'))
})
