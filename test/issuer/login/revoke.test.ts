import t from 'tap'
import { createKeys } from '../../../src/issuer/keys.ts'
import { startTestIssuer } from '../../helpers/issuer.ts'
import { postForm, refresh, signInForTokens } from '../../helpers/issuer-tokens.ts'

const keys = createKeys()

t.test('revocation ends the refresh token, and userInfo refuses the access tokens that came with it', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { refreshToken, body } = await signInForTokens(issuer)
  const other = await signInForTokens(issuer)
  const userInfo = (token: unknown) =>
    fetch(`${issuer.url}/oauth2/userInfo`, { headers: { authorization: `Bearer ${token}` } })
  const revoke = () => postForm(`${issuer.url}/oauth2/revoke`, { token: refreshToken, client_id: issuer.clientId })
  t.equal((await userInfo(body['access_token'])).status, 200)
  const response = await revoke()
  t.same([response.status, await response.text()], [200, ''])
  t.match(await refresh(issuer, refreshToken), { status: 400, body: { error: 'invalid_grant' } })
  t.equal((await userInfo(body['access_token'])).status, 401)
  t.equal((await userInfo(other.body['access_token'])).status, 200, 'another sign-in is not touched')
  t.equal((await revoke()).status, 200, 'a token revoked before is no mistake')
  t.equal(issuer.login.revocations, 2)
})

t.test('the revocation endpoint refuses what Cognito refuses, and a token of another client stays valid', async (t) => {
  const clients = [{ clientId: 'secret1', clientSecret: 's3cret' }]
  const issuer = await startTestIssuer(t, { keys, clients })
  const { refreshToken, body } = await signInForTokens(issuer)
  const revoke = async (form: Readonly<Record<string, string>>, authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization }
    const response = await postForm(`${issuer.url}/oauth2/revoke`, form, headers)
    const text = await response.text()
    return { status: response.status, error: text === '' ? undefined : JSON.parse(text).error }
  }
  const basic = (secret: string) => `Basic ${Buffer.from(`secret1:${secret}`).toString('base64')}`
  const { clientId } = issuer
  t.same(await revoke({ client_id: clientId }), { status: 400, error: 'invalid_request' })
  t.same(await revoke({ token: refreshToken }), { status: 400, error: 'invalid_request' })
  t.same(await revoke({ token: String(body['access_token']), client_id: clientId }), {
    status: 400,
    error: 'unsupported_token_type',
  })
  t.same(await revoke({ token: refreshToken, client_id: 'nobody' }), { status: 401, error: 'invalid_client' })
  t.same(await revoke({ token: refreshToken, client_id: 'secret1' }), { status: 401, error: 'invalid_client' })
  t.same(await revoke({ token: refreshToken }, basic('wrong')), { status: 401, error: 'invalid_client' })
  t.same(await revoke({ token: refreshToken }, basic('s3cret')), { status: 200, error: undefined })
  t.equal((await refresh(issuer, refreshToken)).status, 200)
  t.equal((await fetch(`${issuer.url}/oauth2/revoke`)).status, 405)
})
