import * as errors from 'aws-jwt-verify/error'
import t from 'tap'
import type { UserPoolConfig } from '../../src/config/config.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken, mintIdToken, mintM2mToken } from '../../src/issuer/tokens.ts'
import type { reasons } from '../../src/reasons.ts'
import { readClaims } from '../../src/tokens/claims.ts'
import { reasonOf } from '../../src/tokens/cognito-verifier.ts'
import { decodeCompact } from '../../src/tokens/compact.ts'
import { createReadyRuntime, type TestRuntime, testIssuer, testPool } from '../helpers/runtime.ts'

const keys = createKeys()

async function createWorld(pool: Partial<UserPoolConfig> = {}, ...others: readonly UserPoolConfig[]) {
  return createReadyRuntime({ keys, userPools: [{ ...testPool, ...pool }, ...others] })
}

function refuse({ runtime }: TestRuntime, token: string) {
  const compact = decodeCompact(token)
  const claims = compact && readClaims(compact.payload)
  if (compact === undefined || claims === undefined) throw new TypeError('not a token')
  return runtime.verifier.cognito.refuse({ ...compact, claims })
}

t.test('accepts the tokens of a user and of a machine', async (t) => {
  const world = await createWorld()
  t.equal(refuse(world, mintAccessToken(world.mint)), undefined)
  t.equal(refuse(world, mintM2mToken(world.mint)), undefined)
})

t.test('accepts both issuer forms, and no other when more than one is configured', async (t) => {
  const world = await createWorld()
  const updated = testIssuer.replace('cognito-idp', 'issuer-cognito-idp')
  t.equal(refuse(world, mintAccessToken({ ...world.mint, issuer: updated })), undefined)
  t.equal(refuse(world, mintAccessToken({ ...world.mint, issuer: `${testIssuer}/` })), 'issuer_unknown')
})

t.test('accepts the only configured issuer and no other', async (t) => {
  const issuer = 'http://localhost:9229/local_A'
  const world = await createWorld({ issuer })
  t.equal(refuse(world, mintAccessToken({ ...world.mint, issuer })), undefined)
  t.equal(refuse(world, mintAccessToken(world.mint)), 'issuer_unknown')
})

t.test('refuses a signature by another key under the same kid', async (t) => {
  const world = await createWorld()
  const forger = createKeys()
  const { kid } = keys.current('access')
  t.equal(refuse(world, mintAccessToken({ ...world.mint, keys: forger }, { header: { kid } })), 'signature_invalid')
})

t.test('refuses a token of the wrong use', async (t) => {
  const access = await createWorld()
  t.equal(refuse(access, mintIdToken(access.mint)), 'token_use_not_allowed')
  const id = await createWorld({ tokenUse: ['id'] })
  t.equal(refuse(id, mintIdToken(id.mint)), undefined)
  t.equal(refuse(id, mintAccessToken(id.mint)), 'token_use_not_allowed')
  const both = await createWorld({ tokenUse: ['access', 'id'] })
  t.equal(refuse(both, mintIdToken(both.mint)), undefined)
  t.equal(refuse(both, mintAccessToken(both.mint)), undefined)
  t.equal(refuse(both, mintAccessToken(both.mint, { claims: { token_use: 'refresh' } })), 'token_use_not_allowed')
})

t.test('refuses a token of another app client', async (t) => {
  const world = await createWorld({ tokenUse: ['access', 'id'], clientIds: ['client1', 'client2'] })
  for (const clientId of ['client1', 'client2']) {
    t.equal(refuse(world, mintAccessToken(world.mint, { clientId })), undefined, clientId)
    t.equal(refuse(world, mintIdToken(world.mint, { clientId })), undefined, clientId)
  }
  t.equal(refuse(world, mintAccessToken(world.mint, { clientId: 'client3' })), 'client_not_allowed')
  t.equal(refuse(world, mintAccessToken(world.mint, { claims: { client_id: undefined } })), 'client_not_allowed')
  t.equal(
    refuse(world, mintAccessToken(world.mint, { clientId: 'client3', claims: { aud: 'client1' } })),
    'client_not_allowed',
  )
  t.equal(refuse(world, mintIdToken(world.mint, { clientId: 'client3' })), 'client_not_allowed')
  t.equal(
    refuse(world, mintIdToken(world.mint, { claims: { aud: ['client1'] } })),
    'client_not_allowed',
    'a list is no client',
  )
  t.equal(
    refuse(world, mintIdToken(world.mint, { clientId: 'client3', claims: { client_id: 'client1' } })),
    'client_not_allowed',
  )
})

t.test('accepts any app client only where that is configured', async (t) => {
  const world = await createWorld({ clientIds: [], insecureAnyClient: true })
  t.equal(refuse(world, mintAccessToken(world.mint, { clientId: 'anyone' })), undefined)
})

t.test('refuses an access token that is bound to another resource', async (t) => {
  const aud = 'https://api.example'
  const unbound = await createWorld()
  t.equal(refuse(unbound, mintAccessToken(unbound.mint, { claims: { aud } })), 'audience_not_allowed')
  const world = await createWorld({ audience: [aud], tokenUse: ['access', 'id'] })
  t.equal(refuse(world, mintAccessToken(world.mint, { claims: { aud } })), undefined)
  t.equal(refuse(world, mintAccessToken(world.mint, { claims: { aud: ['https://other.example', aud] } })), undefined)
  t.equal(refuse(world, mintAccessToken(world.mint, { claims: { aud: `${aud}/` } })), 'audience_not_allowed')
  t.equal(refuse(world, mintAccessToken(world.mint, { claims: { aud: [] } })), 'audience_not_allowed')
  t.equal(refuse(world, mintAccessToken(world.mint)), undefined, 'one without audience is not bound')
  t.equal(refuse(world, mintIdToken(world.mint)), undefined, 'the audience of an ID token is its client')
})

t.test('judges each pool by its own rules', async (t) => {
  const other = { ...testPool, id: 'eu-west-1_OTHERPOOL', clientIds: ['client9'], audience: ['https://b.example'] }
  const world = await createWorld({}, other)
  const mint = { ...world.mint, issuer: testIssuer.replace(testPool.id, other.id) }
  t.equal(refuse(world, mintAccessToken(mint, { clientId: 'client9' })), undefined)
  t.equal(refuse(world, mintAccessToken(mint, { clientId: 'client1' })), 'client_not_allowed')
  t.equal(
    refuse(world, mintAccessToken(mint, { clientId: 'client9', claims: { aud: 'https://b.example' } })),
    undefined,
  )
  t.equal(refuse(world, mintAccessToken(world.mint, { claims: { aud: 'https://b.example' } })), 'audience_not_allowed')
})

t.test('refuses expired tokens and those not valid yet, and widens both by the tolerance', async (t) => {
  const strict = await createWorld()
  t.equal(refuse(strict, mintAccessToken(strict.mint, { expiresInSeconds: -30 })), 'token_expired')
  const nbf = Math.floor(strict.clock.now() / 1000) + 30
  t.equal(refuse(strict, mintAccessToken(strict.mint, { claims: { nbf } })), 'token_not_yet_valid')
  const tolerant = await createReadyRuntime({ keys, clockToleranceMs: 60_000 })
  t.equal(refuse(tolerant, mintAccessToken(tolerant.mint, { expiresInSeconds: -30 })), undefined)
  t.equal(refuse(tolerant, mintAccessToken(tolerant.mint, { claims: { nbf } })), undefined)
})

t.test('does not live on with a key that was replaced under its kid', async (t) => {
  const own = createKeys()
  const world = await createReadyRuntime({ keys: own })
  const before = mintAccessToken(world.mint)
  t.equal(refuse(world, before), undefined)
  own.replaceMaterial('access')
  await world.runtime.jwks.pool(testPool.id).refresh()
  t.equal(refuse(world, before), 'signature_invalid')
  t.equal(refuse(world, mintAccessToken(world.mint)), undefined)
})

t.test('forgets the keys of the named pool and no more', async (t) => {
  const world = await createWorld()
  world.runtime.verifier.cognito.forgetKeys('eu-west-1_UNKNOWN')
  t.equal(refuse(world, mintAccessToken(world.mint)), undefined)
  world.runtime.verifier.cognito.forgetKeys(testPool.id)
  t.equal(refuse(world, mintAccessToken(world.mint)), undefined, 'they are read again from the source')
})

t.test('says that keys are unavailable before any were fetched', async (t) => {
  const world = await createReadyRuntime({
    keys,
    jwks: { refreshIntervalMs: 1000, cooldownMs: 1, maxStaleMs: 1000, timeoutMs: 1000 },
  })
  world.clock.advance(1000)
  t.equal(refuse(world, mintAccessToken(world.mint)), 'keys_unavailable')
})

const expected: Readonly<Record<string, keyof typeof reasons>> = {
  JwtBaseError: 'token_malformed',
  FailedAssertionError: 'token_malformed',
  JwtParseError: 'token_malformed',
  ParameterValidationError: 'issuer_unknown',
  JwtInvalidSignatureError: 'signature_invalid',
  JwtInvalidSignatureAlgorithmError: 'algorithm_not_allowed',
  JwtInvalidClaimError: 'token_malformed',
  JwtInvalidIssuerError: 'issuer_unknown',
  JwtInvalidAudienceError: 'audience_not_allowed',
  JwtInvalidScopeError: 'token_malformed',
  JwtExpiredError: 'token_expired',
  JwtNotBeforeError: 'token_not_yet_valid',
  CognitoJwtInvalidGroupError: 'token_malformed',
  CognitoJwtInvalidTokenUseError: 'token_use_not_allowed',
  CognitoJwtInvalidClientIdError: 'client_not_allowed',
  AlbJwtInvalidSignerError: 'token_malformed',
  AlbJwtInvalidClientIdError: 'token_malformed',
  AlbJwksNotExposedError: 'token_malformed',
  JwksValidationError: 'keys_unavailable',
  JwkValidationError: 'key_unknown',
  JwtWithoutValidKidError: 'key_unknown',
  KidNotFoundInJwksError: 'key_unknown',
  WaitPeriodNotYetEndedJwkError: 'keys_unavailable',
  JwksNotAvailableInCacheError: 'keys_unavailable',
  JwkInvalidUseError: 'key_unknown',
  JwkInvalidKtyError: 'key_unknown',
  FetchError: 'keys_unavailable',
  NonRetryableFetchError: 'keys_unavailable',
  NotSupportedError: 'token_malformed',
}

t.test('maps every error class of the library to a reason', async (t) => {
  const classes = Object.entries(errors) as [string, new (...args: string[]) => Error][]
  t.strictSame(classes.map(([name]) => name).sort(), Object.keys(expected).sort(), 'a class this test does not know')
  for (const [name, type] of classes) t.equal(reasonOf(new type('a', 'b')), expected[name], name)
})

t.test('maps whatever else is thrown to a malformed token', async (t) => {
  for (const thrown of [new RangeError('Invalid time value'), new Error('x'), 'text', undefined, null]) {
    t.equal(reasonOf(thrown), 'token_malformed')
  }
})
