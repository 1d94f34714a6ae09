import t from 'tap'
import { maxJwkSetBytes } from '../../../src/tokens/keys/jwk-set.ts'
import { Jwks } from '../../../src/tokens/keys/jwks.ts'
import { createRig, firstUri, hour, poolId, rigDefaults, second } from '../../helpers/jwks-rig.ts'
import { keySetBytes, makePublishedKey } from '../../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')

t.test('has a pool for each configured id and throws for any other', async (t) => {
  const { jwks } = createRig()
  t.equal(jwks.pool(poolId).id, poolId)
  t.throws(() => jwks.pool('eu-west-1_OTHER'), { name: 'RangeError', message: /not configured/ })
})

t.test('asks for keys with the configured timeout and the size limit of a key set', async (t) => {
  const asked: unknown[] = []
  const jwks = new Jwks({
    ...rigDefaults,
    pools: [
      { id: poolId, uris: [firstUri] },
      { id: 'local_x', uris: ['http://cognito/p'], insecureHttp: true },
    ],
    now: () => 0,
    random: () => 0,
    onEvent: () => {},
    onWithdrawn: () => {},
    async fetch(uri, limits) {
      asked.push(uri, limits)
      return keySetBytes(k1)
    },
  })
  await jwks.refreshDue()
  const limits = { timeoutMs: 3000, maxBytes: maxJwkSetBytes }
  t.strictSame(asked, [firstUri, limits, 'http://cognito/p', { ...limits, insecureHttp: true }])
})

t.test('counts a fetcher that throws at once as a failed fetch', async (t) => {
  const rig = createRig()
  rig.answer(firstUri, () => {
    throw new TypeError('thrown, not rejected')
  })
  await rig.jwks.refreshDue()
  t.match(rig.events[0], { kind: 'fetch_failed', detail: /thrown, not rejected/ })
})

t.test('refreshes the pools that are due and no others', async (t) => {
  const one = 'https://one.example/jwks.json'
  const two = 'https://two.example/jwks.json'
  const rig = createRig({
    pools: [
      { id: 'one', uris: [one] },
      { id: 'two', uris: [two] },
    ],
  })
  rig.serve(one, k1)
  t.equal(rig.jwks.nextDueAt(), 0)
  await rig.jwks.refreshDue()
  t.strictSame(rig.fetches, [one, two])
  t.equal(rig.jwks.nextDueAt(), rig.clock.now() + second)
  rig.serve(two, k2)
  rig.clock.advance(second)
  await rig.jwks.refreshDue()
  t.strictSame(rig.fetches.slice(2), [two])
  t.match(rig.jwks.statuses(), [
    { pool: 'one', ready: true },
    { pool: 'two', ready: true },
  ])
  t.equal(rig.jwks.nextDueAt(), rig.clock.now() - second + hour)
})

t.test('is due at no time while every pool is being refreshed', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  const release = rig.hold(firstUri)
  const refreshed = rig.jwks.refreshDue()
  t.equal(rig.jwks.nextDueAt(), Number.POSITIVE_INFINITY)
  await rig.jwks.refreshDue()
  release()
  await refreshed
  t.strictSame(rig.fetches, [firstUri])
})
