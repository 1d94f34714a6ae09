/**
 * An issuer that is not ours: cognito-local, fetched from the npm registry, signs a user in, and the gate must agree
 * with its tokens. Needs the network the first time, so it is no part of `npm test`.
 */
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { tamper } from '../../src/issuer/tokens.ts'
import { createLogger } from '../../src/ops/log.ts'
import { startGate } from '../../src/process/start-gate.ts'
import { parseJwkSet } from '../../src/tokens/keys/jwk-set.ts'
import { createClock } from '../helpers/clock.ts'
import { call, issuerDomain, seededPool, startCognitoLocal } from '../helpers/cognito-local.ts'
import { createRig, firstUri } from '../helpers/jwks-rig.ts'
import { startUpstream } from '../helpers/upstream.ts'

const password = 'Interop-password-1'
const tokenMinutes = 5

interface SignIn {
  readonly poolId: string
  readonly clientId: string
  readonly sub: string
  readonly username: string
  readonly accessToken: string
  readonly idToken: string
}

interface CreatedUser {
  readonly User: {
    readonly Username: string
    readonly Attributes: readonly { readonly Name: string; readonly Value: string }[]
  }
}

/** A client, two groups and a user in the pool; the user signs in with a password. */
async function signIn(origin: string, poolId: string): Promise<SignIn> {
  const pool = { UserPoolId: poolId }
  const { UserPoolClient } = await call<{ UserPoolClient: { ClientId: string } }>(origin, 'CreateUserPoolClient', {
    ...pool,
    ClientName: 'interop',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    AccessTokenValidity: tokenMinutes,
    TokenValidityUnits: { AccessToken: 'minutes' },
  })
  const { User } = await call<CreatedUser>(origin, 'AdminCreateUser', {
    ...pool,
    Username: 'alice@example.com',
    TemporaryPassword: password,
    MessageAction: 'SUPPRESS',
    UserAttributes: [{ Name: 'email', Value: 'alice@example.com' }],
  })
  const user = { ...pool, Username: 'alice@example.com' }
  await call(origin, 'AdminSetUserPassword', { ...user, Password: password, Permanent: true })
  for (const GroupName of ['admin', 'users']) {
    await call(origin, 'CreateGroup', { ...pool, GroupName })
    await call(origin, 'AdminAddUserToGroup', { ...user, GroupName })
  }
  const { AuthenticationResult } = await call<{ AuthenticationResult: { AccessToken: string; IdToken: string } }>(
    origin,
    'InitiateAuth',
    {
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: UserPoolClient.ClientId,
      AuthParameters: { USERNAME: 'alice@example.com', PASSWORD: password },
    },
  )
  return {
    poolId,
    clientId: UserPoolClient.ClientId,
    sub: User.Attributes.find(({ Name }) => Name === 'sub')?.Value ?? '',
    username: User.Username,
    accessToken: AuthenticationResult.AccessToken,
    idToken: AuthenticationResult.IdToken,
  }
}

/** A gate in front of an echo upstream, `keys` being the variables that tell where its keys are. */
async function startInteropGate(t: Test, { poolId, clientId }: SignIn, keys: Readonly<Record<string, string>>) {
  const clock = createClock()
  const upstream = await startUpstream(t)
  const { config } = loadConfig({
    argv: [],
    env: {
      COGATE_USER_POOL_ID: poolId,
      COGATE_CLIENT_ID: clientId,
      COGATE_UPSTREAM: upstream.url,
      COGATE_ROUTES: '[{path: /admin/*, groups: [admin]}, {path: /root/*, groups: [root]}]',
      COGATE_LISTEN: '127.0.0.1:0',
      COGATE_OPS_LISTEN: '127.0.0.1:0',
      COGATE_LOG_LEVEL: 'silent',
      ...keys,
    },
  })
  const gate = await startGate(config, { version: '0.0.0-test', now: clock.now, log: createLogger(config.log) })
  t.teardown(() => gate.close())
  const send = async (token: string, path = '/') => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-user': 'mallory', 'x-cognito-sub': 'mallory' }
    const response = await fetch(gate.url + path, { headers })
    return { status: response.status, body: (await response.json()) as { readonly code?: string } }
  }
  return { send, clock, upstream }
}

// The first run downloads some hundred megabytes.
t.setTimeout(10 * 60_000)
const origin = startCognitoLocal(t)
/** The error is the test's to tell. */
origin.catch(() => undefined)

function jwksUri(base: string, poolId: string): string {
  return `${base}/${poolId}/.well-known/jwks.json`
}

async function createPool(base: string): Promise<string> {
  const { UserPool } = await call<{ UserPool: { Id: string } }>(base, 'CreateUserPool', { PoolName: 'interop' })
  return UserPool.Id
}

for (const { what, choosePool, variables } of [
  {
    what: 'a pool id and an issuer as Cognito has them',
    choosePool: async () => seededPool,
    variables: (): Record<string, string> => ({}),
  },
  {
    what: 'a pool id of its own and an issuer override',
    choosePool: createPool,
    variables: (poolId: string) => ({ COGATE_USER_POOL_ISSUER: `${issuerDomain}/${poolId}` }),
  },
]) {
  t.test(`a sign-in at cognito-local with ${what}`, async (t) => {
    const base = await origin
    const user = await signIn(base, await choosePool(base))
    const keys = { COGATE_USER_POOL_JWKS_URI: jwksUri(base, user.poolId), ...variables(user.poolId) }
    const { send, clock, upstream } = await startInteropGate(t, user, keys)

    await t.test('its access token passes, and the upstream learns who it is', async (t) => {
      t.equal((await send(user.accessToken)).status, 200)
      const { headers = {} } = upstream.requests.at(-1) ?? {}
      t.match(user.sub, /^[\da-f-]{36}$/)
      t.equal(headers['x-forwarded-user'], user.username)
      t.equal(headers['x-forwarded-groups'], 'admin,users')
      t.equal(headers['x-cognito-sub'], user.sub)
      t.equal(headers['x-cognito-client-id'], user.clientId)
      t.equal(headers['x-cognito-scope'], 'aws.cognito.signin.user.admin')
      t.equal(headers['x-cognito-token-use'], 'access')
    })

    await t.test('its groups open what they open and nothing else', async (t) => {
      t.equal((await send(user.accessToken, '/admin/x')).status, 200)
      t.match(await send(user.accessToken, '/root/x'), { status: 403, body: { code: 'insufficient_group' } })
    })

    await t.test('its ID token is refused as token_use_not_allowed', async (t) => {
      t.match(await send(user.idToken), { status: 401, body: { code: 'token_use_not_allowed' } })
    })

    await t.test('a tampered access token is refused as signature_invalid', async (t) => {
      t.match(await send(tamper(user.accessToken)), { status: 401, body: { code: 'signature_invalid' } })
    })

    await t.test('the token of another client is refused as client_not_allowed', async (t) => {
      const other = await signInAgain(base, user)
      t.match(await send(other), { status: 401, body: { code: 'client_not_allowed' } })
    })

    await t.test('past its expiry the access token is refused as token_expired', async (t) => {
      clock.advance((tokenMinutes - 1) * 60_000)
      t.equal((await send(user.accessToken)).status, 200)
      clock.advance(60_000 + 2000)
      t.match(await send(user.accessToken), { status: 401, body: { code: 'token_expired' } })
    })
  })
}

/** The same user through a further app client of the pool. */
async function signInAgain(base: string, { poolId }: SignIn): Promise<string> {
  const { UserPoolClient } = await call<{ UserPoolClient: { ClientId: string } }>(base, 'CreateUserPoolClient', {
    UserPoolId: poolId,
    ClientName: 'other',
  })
  const { AuthenticationResult } = await call<{ AuthenticationResult: { AccessToken: string } }>(base, 'InitiateAuth', {
    AuthFlow: 'USER_PASSWORD_AUTH',
    ClientId: UserPoolClient.ClientId,
    AuthParameters: { USERNAME: 'alice@example.com', PASSWORD: password },
  })
  return AuthenticationResult.AccessToken
}

t.test('its key, whose private half is in the package, is trusted from this machine only', async (t) => {
  const base = await origin
  const response = await fetch(jwksUri(base, seededPool))
  const served = new Uint8Array(await response.arrayBuffer())

  await t.test('from a pinned file the gate takes it', async (t) => {
    const user = await signIn(base, await createPool(base))
    const dir = t.testdir({ 'jwks.json': Buffer.from(served) })
    const { send } = await startInteropGate(t, user, {
      COGATE_USER_POOL_JWKS_FILE: `${dir}/jwks.json`,
      COGATE_USER_POOL_ISSUER: `${issuerDomain}/${user.poolId}`,
    })
    t.equal((await send(user.accessToken)).status, 200)
  })

  await t.test('a set of it alone is no set, unless leaked keys are allowed', async (t) => {
    t.throws(() => parseJwkSet(served), { name: 'JwkSetError', message: /"CognitoLocal": its private key is public/ })
    t.same(
      parseJwkSet(served, { allowLeakedKeys: true }).keys.map(({ kid }) => kid),
      ['CognitoLocal'],
    )
  })

  await t.test('served by a host that is not loopback it is refused, and the pool stays without keys', async (t) => {
    const rig = createRig()
    rig.answer(firstUri, async () => served)
    t.equal(await rig.lookUp('CognitoLocal'), 'unavailable')
    t.match(
      rig.events.find(({ kind }) => kind === 'fetch_failed'),
      { detail: /its private key is public/ },
    )
  })
})
