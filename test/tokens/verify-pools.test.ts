import t from 'tap'
import type { UserPoolConfig } from '../../src/config/config.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken } from '../../src/issuer/tokens.ts'
import { verifyToken } from '../../src/tokens/verify.ts'
import { createReadyRuntime, createTestRuntime, type TestRuntime, testIssuer, testPool } from '../helpers/runtime.ts'

const keys = createKeys()

async function createWorld(pool: Partial<UserPoolConfig>, ...others: readonly UserPoolConfig[]) {
  return createReadyRuntime({ keys, userPools: [{ ...testPool, ...pool }, ...others] })
}

/** The reason, or `verified`. */
async function verdict({ runtime, clock }: TestRuntime, token: string): Promise<string> {
  const verification = await verifyToken(runtime.verifier, token, clock.now())
  return verification.kind === 'rejected' ? verification.reason : verification.kind
}

t.test('accepts both issuer forms of a pool, to the letter', async (t) => {
  const world = await createWorld({})
  const updated = testIssuer.replace('cognito-idp', 'issuer-cognito-idp')
  t.equal(await verdict(world, mintAccessToken({ ...world.mint, issuer: updated })), 'verified')
  t.equal(await verdict(world, mintAccessToken({ ...world.mint, issuer: `${testIssuer}/` })), 'issuer_unknown')
})

t.test('accepts a configured issuer instead of the own two', async (t) => {
  const issuer = 'http://localhost:9229/local_A'
  const world = await createWorld({ issuer })
  t.equal(await verdict(world, mintAccessToken({ ...world.mint, issuer })), 'verified')
  t.equal(await verdict(world, mintAccessToken(world.mint)), 'issuer_unknown')
})

t.test('judges each pool by its own rules', async (t) => {
  const other = { ...testPool, id: 'eu-west-1_OTHERPOOL', clientIds: ['client9'], audience: ['https://b.example'] }
  const world = await createWorld({}, other)
  const mint = { ...world.mint, issuer: testIssuer.replace(testPool.id, other.id) }
  const bound = { claims: { aud: 'https://b.example' } }
  t.equal(await verdict(world, mintAccessToken(mint, { clientId: 'client9' })), 'verified')
  t.equal(await verdict(world, mintAccessToken(mint, { clientId: 'client1' })), 'client_not_allowed')
  t.equal(await verdict(world, mintAccessToken(mint, { clientId: 'client9', ...bound })), 'verified')
  t.equal(await verdict(world, mintAccessToken(world.mint, bound)), 'audience_not_allowed')
})

t.test('refuses a second pool that is given the issuer of the first', async (t) => {
  const thief = { ...testPool, id: 'eu-west-1_OTHERPOOL', issuer: testIssuer }
  t.throws(() => createTestRuntime({ keys, userPools: [testPool, thief] }), {
    name: 'ConfigError',
    issues: [{ key: 'userPools', source: 'user pool eu-west-1_OTHERPOOL', found: testIssuer }],
  })
})

t.test('does not live on with a key that was replaced under its kid', async (t) => {
  const own = createKeys()
  const world = await createReadyRuntime({ keys: own })
  const before = mintAccessToken(world.mint)
  const unseen = mintAccessToken(world.mint)
  t.equal(await verdict(world, before), 'verified')
  own.replaceMaterial('access')
  await world.runtime.jwks.pool(testPool.id).refresh()
  t.equal(await verdict(world, before), 'signature_invalid', 'though it was remembered')
  t.equal(await verdict(world, unseen), 'signature_invalid')
  t.equal(await verdict(world, mintAccessToken(world.mint)), 'verified')
})

t.test('finds the key that an emulator made anew under the old kid, after one fetch (FLD-20)', async (t) => {
  const own = createKeys()
  const world = await createReadyRuntime({ keys: own })
  const before = mintAccessToken(world.mint)
  own.replaceMaterial('access')
  const asked = world.fetches.length
  t.equal(await verdict(world, mintAccessToken(world.mint)), 'signature_invalid', 'within the cooldown')
  world.clock.advance(10_000)
  const fresh = [mintAccessToken(world.mint), mintAccessToken(world.mint)]
  t.same(await Promise.all(fresh.map((token) => verdict(world, token))), ['verified', 'verified'])
  t.equal(world.fetches.length, asked + 1, 'shared by both')
  world.clock.advance(10_000)
  t.equal(await verdict(world, before), 'signature_invalid', 'of the old key')
})

t.test('a flood of bad signatures causes no more fetches than one of unknown kids (FLD-20)', async (t) => {
  const world = await createReadyRuntime({ keys })
  const { kid } = keys.current('access')
  const forged = { ...world.mint, keys: createKeys() }
  const same = mintAccessToken(forged, { header: { kid } })
  const asked = world.fetches.length
  for (let tenth = 0; tenth < 600; tenth++) {
    world.clock.advance(100)
    const tokens = [same, same, ...(tenth % 20 === 0 ? [mintAccessToken(forged, { header: { kid } })] : [])]
    const verdicts = await Promise.all(tokens.map((token) => verdict(world, token)))
    if (verdicts.some((each) => each !== 'signature_invalid')) t.fail(verdicts.join())
  }
  // After 10 s, and then after two, four, … cooldowns.
  t.equal(world.fetches.length - asked, 2, 'in a minute')
  t.equal(await verdict(world, mintAccessToken(world.mint)), 'verified')
})

t.test('a bad signature stays one where the fetch fails, or brings no such key (FLD-20)', async (t) => {
  const own = createKeys()
  const world = await createReadyRuntime({ keys: own })
  const { kid } = own.current('access')
  const forged = mintAccessToken({ ...world.mint, keys: createKeys() }, { header: { kid } })
  world.endpoint.isUp = false
  world.clock.advance(10_000)
  t.equal(await verdict(world, forged), 'signature_invalid')
  world.endpoint.isUp = true
  own.replaceMaterial('access')
  world.clock.advance(20_000)
  t.equal(await verdict(world, forged), 'signature_invalid', 'another key, and not its own')
  t.equal(await verdict(world, mintAccessToken(world.mint)), 'verified')
  own.withdraw(kid)
  world.clock.advance(100_000)
  t.equal(await verdict(world, forged), 'signature_invalid')
})

t.test('looks at the signature before anything that it covers', async (t) => {
  const world = await createReadyRuntime({ keys })
  const { kid } = keys.current('access')
  const forged = { ...world.mint, keys: createKeys() }
  for (const options of [{ expiresInSeconds: -30 }, { clientId: 'other' }, { claims: { token_use: 'id' } }]) {
    const token = mintAccessToken(forged, { ...options, header: { kid } })
    t.equal(await verdict(world, token), 'signature_invalid', JSON.stringify(options))
  }
})
