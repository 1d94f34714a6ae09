import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import type { UserTokenOptions } from '../../src/issuer/tokens.ts'
import { mintAccessToken, mintToken, tamper } from '../../src/issuer/tokens.ts'
import { verifyToken } from '../../src/tokens/verify.ts'
import { hour, minute, second } from '../helpers/jwks-rig.ts'
import type { TestRuntime } from '../helpers/runtime.ts'
import { createReadyRuntime, createTestRuntime, testIssuer, testPool } from '../helpers/runtime.ts'

const keys = createKeys()

function verify({ runtime, clock }: TestRuntime, token: string) {
  return verifyToken(runtime.verifier, token, clock.now())
}

/** The reason, or `verified`. */
async function verdict(world: TestRuntime, token: string): Promise<string> {
  const verification = await verify(world, token)
  return verification.kind === 'rejected' ? verification.reason : verification.kind
}

function entries({ runtime }: TestRuntime): number {
  return runtime.verifier.cache.counts().entries
}

t.test('proves who calls: claims, key and expiry of the token', async (t) => {
  const world = await createReadyRuntime({ keys, clockToleranceMs: 5 * second })
  const token = mintAccessToken(world.mint, { username: 'alice', groups: ['admin'] })
  const pool = world.runtime.jwks.pool(testPool.id)
  const exp = Math.floor(world.clock.now() / 1000) + 3600
  t.match(verify(world, token), {
    kind: 'verified',
    token,
    subject: /^[0-9a-f-]{36}$/,
    clientId: 'client1',
    groups: ['admin'],
    identityLines: /^X-Forwarded-User: alice\r\nX-Forwarded-Groups: admin\r\n/,
    key: { kid: keys.current('access').kid, withdrawn: false },
    keys: pool,
    expiresAtMs: exp * 1000 + 5 * second,
  })
})

t.test('answers at once with keys in memory, and the same the second time', async (t) => {
  const world = await createReadyRuntime({ keys })
  const token = mintAccessToken(world.mint)
  const first = verify(world, token)
  t.match(first, { kind: 'verified' })
  t.equal(verify(world, token), first)
  t.match(world.runtime.verifier.cache.counts(), { hits: 1, misses: 1, entries: 1 })
})

t.test('answers late when the keys have to be fetched, once for all who wait', async (t) => {
  const world = createTestRuntime({ keys })
  const answers = [1, 2, 3].map(() => verify(world, mintAccessToken(world.mint)))
  for (const answer of answers) t.ok(answer instanceof Promise)
  for (const late of await Promise.all(answers)) t.match(late, { kind: 'verified' })
  t.equal(world.fetches.length, 1)
  t.notOk(verify(world, mintAccessToken(world.mint)) instanceof Promise)
})

t.test('fetches for a kid it does not know, and accepts the token of a rotated key', async (t) => {
  const own = createKeys()
  const world = await createReadyRuntime({ keys: own })
  own.rotate()
  world.clock.advance(11 * second)
  const answer = verify(world, mintAccessToken(world.mint))
  t.ok(answer instanceof Promise)
  t.match(await answer, { kind: 'verified' })
})

t.test('rejects the token of a key nobody published', async (t) => {
  const world = await createReadyRuntime({ keys })
  const token = mintAccessToken({ ...world.mint, keys: createKeys() })
  t.match(verify(world, token), { kind: 'rejected', reason: 'key_unknown' }, 'at once during the cooldown')
  world.clock.advance(11 * second)
  t.equal(await verdict(world, token), 'key_unknown', 'after a fetch')
  t.equal(entries(world), 0)
})

t.test('says that keys are unavailable while the endpoint is down, and recovers', async (t) => {
  const world = createTestRuntime({ keys })
  const token = mintAccessToken(world.mint)
  world.endpoint.isUp = false
  t.equal(await verdict(world, token), 'keys_unavailable')
  t.match(verify(world, token), { reason: 'keys_unavailable' }, 'at once during the cooldown')
  world.endpoint.isUp = true
  world.clock.advance(11 * second)
  t.equal(await verdict(world, token), 'verified')
})

t.test('does not let a remembered token outlive the trust in its keys', async (t) => {
  const world = await createReadyRuntime({ keys, tokenCache: { maxEntries: 9, maxBytes: 1e6, maxAgeMs: 100 * hour } })
  const token = mintAccessToken(world.mint, { expiresInSeconds: 360_000 })
  t.match(verify(world, token), { kind: 'verified' })
  world.clock.advance(24 * hour - 1)
  t.match(verify(world, token), { kind: 'verified' })
  world.clock.advance(1)
  t.match(verify(world, token), { kind: 'rejected', reason: 'keys_unavailable' })
  await world.runtime.jwks.refreshDue()
  t.match(verify(world, token), { kind: 'verified' })
})

t.test('forgets the tokens of a withdrawn key', async (t) => {
  const own = createKeys()
  const world = await createReadyRuntime({ keys: own })
  const token = mintAccessToken(world.mint)
  t.match(verify(world, token), { kind: 'verified' })
  own.withdraw(own.current('access').kid)
  await world.runtime.jwks.pool(testPool.id).refresh()
  t.equal(entries(world), 0)
  t.equal(await verdict(world, token), 'key_unknown')
})

t.test('rejects and does not remember what was tampered with', async (t) => {
  const world = await createReadyRuntime({ keys })
  const token = mintAccessToken(world.mint)
  t.match(verify(world, token), { kind: 'verified' })
  t.equal(
    await verdict(world, tamper(token)),
    'signature_invalid',
    'the signature of a remembered token under other claims',
  )
  t.equal(await verdict(world, `${token.slice(0, -4)}AAAA`), 'signature_invalid')
  t.equal(entries(world), 1)
})

t.test('accepts one of the 48 spellings of a token and remembers no other', async (t) => {
  const world = await createReadyRuntime({ keys })
  const token = mintAccessToken(world.mint)
  const bytes = Buffer.from(token.split('.')[2] ?? '', 'base64url')
  const lasts = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
  const same = lasts
    .map((last) => token.slice(0, -1) + last)
    .filter((spelling) => Buffer.from(spelling.split('.')[2] ?? '', 'base64url').equals(bytes))
  const spellings = same.flatMap((spelling) => [spelling, `${spelling}=`, `${spelling}==`])
  t.equal(spellings.length, 48)
  for (let round = 0; round < 2; round++) {
    const verdicts = await Promise.all(spellings.map((spelling) => verdict(world, spelling)))
    t.equal(verdicts.filter((each) => each === 'verified').length, 1)
    t.equal(verdicts.filter((each) => each === 'token_malformed').length, 47)
    t.equal(entries(world), 1)
  }
})

t.test('rejects what is no token before it looks for keys', async (t) => {
  const world = createTestRuntime({ keys })
  const minted = (options: UserTokenOptions) => mintAccessToken(world.mint, options)
  t.equal(await verdict(world, 'a.b.c'), 'token_malformed')
  t.equal(await verdict(world, minted({ header: { alg: 'none' } })), 'algorithm_not_allowed')
  t.equal(await verdict(world, minted({ header: { crit: ['x'] } })), 'token_malformed')
  t.equal(await verdict(world, minted({ header: { kid: undefined } })), 'key_unknown')
  t.equal(world.fetches.length, 0)
})

t.test('never looks for keys of an issuer that is not configured', async (t) => {
  const world = createTestRuntime({ keys })
  const issuers = [
    undefined,
    null,
    '',
    1,
    [testIssuer],
    { toString: testIssuer },
    `${testIssuer}/`,
    testIssuer.toUpperCase(),
    'https://evil.example',
  ]
  for (const iss of issuers) {
    t.equal(
      await verdict(world, mintAccessToken(world.mint, { claims: { iss } })),
      'issuer_unknown',
      JSON.stringify(iss),
    )
  }
  t.equal(world.fetches.length, 0)
})

t.test('never verifies with the key of another pool', async (t) => {
  const other = { ...testPool, id: 'us-east-1_OTHERPOOL', jwksUri: 'https://keys.example/jwks.json' }
  const world = await createReadyRuntime({ keys, userPools: [testPool, other] })
  const otherIssuer = `https://cognito-idp.us-east-1.amazonaws.com/${other.id}`
  t.equal(
    await verdict(world, mintAccessToken({ ...world.mint, issuer: otherIssuer })),
    'verified',
    'both publish the same keys',
  )
  const foreign = createKeys()
  t.equal(await verdict(world, mintAccessToken({ ...world.mint, issuer: otherIssuer, keys: foreign })), 'key_unknown')
})

t.test('rejects claims of another type, signed or not', async (t) => {
  const world = await createReadyRuntime({ keys })
  for (const claims of [
    { exp: undefined },
    { exp: '9999999999' },
    { sub: undefined },
    { 'cognito:groups': 'admin' },
    { iat: 1e300 },
  ]) {
    t.equal(await verdict(world, mintAccessToken(world.mint, { claims })), 'token_malformed', JSON.stringify(claims))
  }
  t.equal(await verdict(world, mintToken(keys.current('access'), { iss: testIssuer })), 'token_malformed')
})

t.test('rejects what the Cognito rules refuse', async (t) => {
  const world = await createReadyRuntime({ keys })
  t.equal(await verdict(world, mintAccessToken(world.mint, { clientId: 'other' })), 'client_not_allowed')
  t.equal(entries(world), 0)
})

function payloadOf(token: string) {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

t.test('compares the expiry with the clock it is given, the tolerance included', async (t) => {
  for (const clockToleranceMs of [0, 30 * second]) {
    const world = await createReadyRuntime({ keys, clockToleranceMs })
    const token = mintAccessToken(world.mint, { expiresInSeconds: 60 })
    const payload = payloadOf(token)
    world.clock.set(payload.exp * 1000 + clockToleranceMs - 1)
    t.match(verify(world, token), { kind: 'verified' })
    world.clock.advance(1)
    t.match(verify(world, token), { kind: 'rejected', reason: 'token_expired' }, 'remembered until then')
    const another = mintToken(keys.current('access'), payload, { typ: 'JWT' })
    t.match(verify(world, another), { kind: 'rejected', reason: 'token_expired' }, 'never seen before')
  }
})

t.test('compares nbf and iat with the clock it is given', async (t) => {
  const world = await createReadyRuntime({ keys })
  const seconds = Math.floor(world.clock.now() / 1000)
  const token = (claims: Record<string, number>) => mintAccessToken(world.mint, { claims })
  t.equal(await verdict(world, token({ nbf: seconds })), 'verified')
  t.equal(
    await verdict(world, token({ iat: seconds + 299 })),
    'verified',
    'the clock of the issuer may run ahead of ours',
  )
  t.equal(await verdict(world, token({ iat: seconds + 302 })), 'token_not_yet_valid')
  world.clock.advance(-minute)
  t.equal(await verdict(world, token({ nbf: seconds - 1 })), 'token_not_yet_valid')
  const tolerant = await createReadyRuntime({ keys, clockToleranceMs: 2 * minute })
  tolerant.clock.advance(-minute)
  t.equal(await verdict(tolerant, token({ nbf: seconds })), 'verified')
  t.equal(await verdict(tolerant, token({ iat: seconds + 302 })), 'verified')
})

t.test('verifies a token without iat', async (t) => {
  const world = await createReadyRuntime({ keys })
  t.equal(await verdict(world, mintAccessToken(world.mint, { claims: { iat: undefined } })), 'verified')
})

t.test('a token refused for its signature is accepted once the pool publishes the key that made it', async (t) => {
  const own = createKeys()
  const world = await createReadyRuntime({ keys: own })
  own.replaceMaterial('access')
  const token = mintAccessToken(world.mint)
  for (let time = 0; time < 3; time++) t.match(verify(world, token), { reason: 'signature_invalid' }, 'the old key')
  await world.runtime.jwks.pool(testPool.id).refresh()
  t.match(verify(world, token), { kind: 'verified' }, 'the new one, under the same kid')
})

t.test('a refused token is asked for its keys again when they have gone stale', async (t) => {
  const world = await createReadyRuntime({ keys })
  const token = tamper(mintAccessToken(world.mint, { expiresInSeconds: 360_000 }))
  for (let time = 0; time < 3; time++) t.match(verify(world, token), { reason: 'signature_invalid' })
  world.endpoint.isUp = false
  world.clock.advance(24 * hour)
  t.equal(await verdict(world, token), 'keys_unavailable')
})

t.test('an expired token is accepted again by a clock that was set back', async (t) => {
  const world = await createReadyRuntime({ keys })
  const token = mintAccessToken(world.mint, { expiresInSeconds: 60 })
  world.clock.advance(minute)
  for (let time = 0; time < 3; time++) t.match(verify(world, token), { reason: 'token_expired' })
  world.clock.advance(-second)
  t.match(verify(world, token), { kind: 'verified' })
})

t.test('what was refused of one token says nothing of another with the same signature', async (t) => {
  const world = await createReadyRuntime({ keys })
  const token = mintAccessToken(world.mint)
  for (let time = 0; time < 3; time++) t.match(verify(world, tamper(token)), { reason: 'signature_invalid' })
  t.match(verify(world, token), { kind: 'verified' })
  t.match(verify(world, tamper(token)), { reason: 'signature_invalid' })
})
