import t from 'tap'
import { createKeys } from '../../../src/issuer/keys.ts'
import { createClock } from '../../helpers/clock.ts'
import { startTestIssuer } from '../../helpers/issuer.ts'
import { signInForTokens } from '../../helpers/issuer-tokens.ts'

t.test('userInfo tells what the scopes open, with email_verified as text', async (t) => {
  const issuer = await startTestIssuer(t)
  const ask = async (token: unknown) => {
    const response = await fetch(`${issuer.url}/oauth2/userInfo`, { headers: { authorization: `Bearer ${token}` } })
    return response.json()
  }
  const { body, access } = await signInForTokens(issuer)
  const name = { name: 'Alice Example', username: 'alice', sub: access['sub'] }
  t.same(await ask(body['access_token']), { ...name, email: 'alice@example.com', email_verified: 'true' })
  const narrow = await signInForTokens(issuer, { parameters: { scope: 'openid profile' } })
  t.same(await ask(narrow.body['access_token']), name)
  const carol = await signInForTokens(issuer, { username: 'carol' })
  t.match(await ask(carol.body['access_token']), { email_verified: 'false' })
  issuer.keys.rotate()
  t.same(await ask(narrow.body['access_token']), name, 'a key that was rotated is still good')
})

t.test('userInfo refuses every other token with the challenge that Cognito sends', async (t) => {
  const clock = createClock()
  const issuer = await startTestIssuer(t, { now: clock.now })
  const ask = async (authorization?: string) => {
    const headers = authorization === undefined ? undefined : { authorization }
    const response = await fetch(`${issuer.url}/oauth2/userInfo`, headers && { headers })
    const { error } = (await response.json()) as { readonly error: string }
    return [response.status, error, response.headers.get('www-authenticate')?.startsWith(`Bearer error="${error}"`)]
  }
  t.same(await ask(), [400, 'invalid_request', true])
  for (const authorization of ['Basic eDp5', 'Bearer', 'Bearer x', 'Bearer a.b']) {
    t.same(await ask(authorization), [400, 'invalid_request', true], authorization)
  }
  const foreign = await startTestIssuer(t, { keys: createKeys() })
  const { body } = await signInForTokens(issuer)
  const noKid = Buffer.from('null').toString('base64url')
  for (const [name, token] of Object.entries({
    'an ID token': body['id_token'],
    'an ID token that looks like an access token': issuer.mintIdToken({
      claims: { username: 'alice', scope: 'openid' },
    }),
    'an altered token': issuer.tamper(String(body['access_token'])),
    'a token of other keys': foreign.mintAccessToken(),
    'a machine': issuer.mintM2mToken({ scope: 'openid' }),
    'nobody here': issuer.mintAccessToken({ username: 'nobody' }),
    'an expired token': issuer.mintAccessToken({ expiresInSeconds: 0 }),
    'no scope openid': issuer.mintAccessToken({ scope: 'api/read' }),
    garbage: 'a.b.c',
    'a header that is no object': `${noKid}.${noKid}.x`,
  })) {
    t.same(await ask(`Bearer ${token}`), [401, 'invalid_token', true], name)
  }
  t.equal((await ask(`Bearer ${body['access_token']}`))[0], 200)
  clock.advance(3600_000)
  t.same(await ask(`Bearer ${body['access_token']}`), [401, 'invalid_token', true])
})
