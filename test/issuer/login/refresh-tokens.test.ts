import t from 'tap'
import { createKeys } from '../../../src/issuer/keys.ts'
import { demoUsers } from '../../../src/issuer/login/users.ts'
import { createClock } from '../../helpers/clock.ts'
import { startTestIssuer } from '../../helpers/issuer.ts'
import { decodePayload, refresh, signInForTokens } from '../../helpers/issuer-tokens.ts'

const keys = createKeys()
const clientId = '1democlient2345678901234ab'
const MINUTE_MS = 60_000
const INVALID_GRANT = { status: 400, body: { error: 'invalid_grant' } }

t.test('without rotation a refresh token stays valid and none is returned', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { refreshToken } = await signInForTokens(issuer)
  for (const _ of [1, 2]) {
    const { status, body } = await refresh(issuer, refreshToken)
    t.equal(status, 200)
    t.same(Object.keys(body), ['id_token', 'access_token', 'expires_in', 'token_type'])
  }
})

t.test('a refresh keeps the sign-in: auth_time, acr, amr, origin_jti, sub and scope; it has no nonce', async (t) => {
  const clock = createClock(1_790_000_000_000)
  const issuer = await startTestIssuer(t, { keys, now: clock.now })
  const first = await signInForTokens(issuer, { parameters: { acr_values: 'urn:cognito:loa:4' } })
  clock.advance(10 * MINUTE_MS)
  const { body } = await refresh(issuer, first.refreshToken)
  const [access, id] = [decodePayload(body['access_token']), decodePayload(body['id_token'])]
  for (const claim of ['auth_time', 'acr', 'amr', 'origin_jti', 'event_id', 'sub', 'scope', 'username']) {
    t.same(access[claim], first.access[claim], claim)
  }
  for (const claim of ['auth_time', 'acr', 'amr', 'origin_jti', 'sub', 'email'])
    t.same(id[claim], first.id[claim], claim)
  t.equal(access['auth_time'], 1_790_000_000)
  t.equal(access['iat'], 1_790_000_600)
  t.notOk('nonce' in id)
})

t.test('a refresh has the groups that the user has now', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { refreshToken } = await signInForTokens(issuer)
  const [alice] = demoUsers
  if (alice === undefined) throw new Error('alice is a demo user')
  issuer.login.putUser({ ...alice, groups: ['users'] })
  const { body } = await refresh(issuer, refreshToken)
  t.same(decodePayload(body['access_token'])['cognito:groups'], ['users'])
  issuer.login.putUser({ ...alice, disabled: true })
  t.match(await refresh(issuer, refreshToken), INVALID_GRANT, 'a disabled user gets nothing')
})

t.test('with rotation the old token works for the grace and not one moment longer', async (t) => {
  const clock = createClock()
  const clients = [{ clientId, refreshTokenRotation: { graceSeconds: 60 } }]
  const issuer = await startTestIssuer(t, { keys, now: clock.now, clients })
  const { refreshToken } = await signInForTokens(issuer)
  const { body } = await refresh(issuer, refreshToken)
  t.not(body['refresh_token'], refreshToken)
  clock.advance(MINUTE_MS - 1)
  const again = await refresh(issuer, refreshToken)
  t.equal(again.status, 200)
  clock.advance(1)
  t.match(await refresh(issuer, refreshToken), INVALID_GRANT)
  for (const next of [body, again.body]) t.equal((await refresh(issuer, String(next['refresh_token']))).status, 200)
})

t.test('a grace of 0 ends the old token with its first use', async (t) => {
  const issuer = await startTestIssuer(t, { keys, clients: [{ clientId, refreshTokenRotation: { graceSeconds: 0 } }] })
  const { refreshToken } = await signInForTokens(issuer)
  const { body } = await refresh(issuer, refreshToken)
  t.match(await refresh(issuer, refreshToken), INVALID_GRANT)
  t.equal((await refresh(issuer, String(body['refresh_token']))).status, 200, 'the siblings stay valid')
})

t.test('a reuse after the grace ends the whole sign-in, when the client is set to it', async (t) => {
  const refreshTokenRotation = { graceSeconds: 0, reuseRevokesAll: true }
  const issuer = await startTestIssuer(t, { keys, clients: [{ clientId, refreshTokenRotation }] })
  const { refreshToken } = await signInForTokens(issuer)
  const other = await signInForTokens(issuer)
  const { body } = await refresh(issuer, refreshToken)
  t.match(await refresh(issuer, refreshToken), INVALID_GRANT)
  t.match(await refresh(issuer, String(body['refresh_token'])), INVALID_GRANT)
  t.equal((await refresh(issuer, other.refreshToken)).status, 200, 'another sign-in is not touched')
})

t.test(
  'rotation does not prolong the life: it ends as long after the sign-in as that of the first token',
  async (t) => {
    const clock = createClock()
    const rotating = { clientId, refreshTokenSeconds: 3600, refreshTokenRotation: { graceSeconds: 0 } }
    const issuer = await startTestIssuer(t, { keys, now: clock.now, clients: [rotating] })
    const { refreshToken } = await signInForTokens(issuer)
    clock.advance(59 * MINUTE_MS)
    const { body } = await refresh(issuer, refreshToken)
    t.equal(typeof body['refresh_token'], 'string')
    clock.advance(MINUTE_MS - 1)
    const last = await refresh(issuer, String(body['refresh_token']))
    t.equal(last.status, 200)
    clock.advance(1)
    t.match(await refresh(issuer, String(last.body['refresh_token'])), INVALID_GRANT)
  },
)

t.test('a refresh token lives for 30 days by default', async (t) => {
  const clock = createClock()
  const issuer = await startTestIssuer(t, { keys, now: clock.now })
  const { refreshToken } = await signInForTokens(issuer)
  clock.advance(30 * 24 * 60 * MINUTE_MS - 1)
  t.equal((await refresh(issuer, refreshToken)).status, 200)
  clock.advance(1)
  t.match(await refresh(issuer, refreshToken), INVALID_GRANT)
})

t.test(
  'a refresh is refused for another client, for made-up tokens and for a user signed out everywhere',
  async (t) => {
    const issuer = await startTestIssuer(t, { keys, clients: [{ clientId: 'other' }] })
    const { refreshToken } = await signInForTokens(issuer)
    t.match(await refresh(issuer, refreshToken, { client_id: 'other' }), INVALID_GRANT)
    t.match(await refresh(issuer, 'made-up'), INVALID_GRANT)
    t.match(await refresh(issuer, refreshToken, { refresh_token: undefined }), {
      status: 400,
      body: { error: 'invalid_request' },
    })
    t.equal((await refresh(issuer, refreshToken)).status, 200, 'no attempt harmed it')
    issuer.login.signOutEverywhere('bob')
    t.equal((await refresh(issuer, refreshToken)).status, 200)
    issuer.login.signOutEverywhere('alice')
    t.match(await refresh(issuer, refreshToken), INVALID_GRANT)
  },
)
