import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createRig, firstUri, hour, poolId, second, secondUri } from '../../helpers/jwks-rig.ts'
import { keySetBytes, makePublishedKey } from '../../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')

t.test('finds a key with the same answer object every time', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  const found = rig.pool.find('k1', rig.clock.now())
  t.match(found, { kind: 'found', key: { kid: 'k1', pool: poolId, withdrawn: false } })
  t.equal(rig.pool.find('k1', rig.clock.now()), found)
})

t.test('says unknown for a kid that is absent right after a round for another', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  await rig.lookUp('made-up')
  t.equal(rig.pool.find('k2', rig.clock.now()).kind, 'unknown')
})

t.test('says unavailable, not unknown, when the round made for a kid failed', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.clock.advance(10 * second)
  rig.answer(firstUri, () => Promise.reject(new Error('down')))
  t.equal(await rig.lookUp('k2'), 'unavailable')
  t.equal(await rig.lookUp('k2'), 'unavailable', 'still so during the cooldown')
  t.equal(await rig.lookUp('k1'), 'found')
})

t.test('says unavailable without keys while no fetch may start', async (t) => {
  const rig = createRig()
  t.equal(await rig.lookUp('k1'), 'unavailable')
  t.equal(rig.pool.find('k1', rig.clock.now()).kind, 'unavailable')
  t.equal(rig.fetches.length, 2)
})

t.test('does not trust again what was too old, only because another key is fetched', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  const old = rig.pool.peek('k1', rig.clock.now())?.key
  rig.clock.advance(24 * hour)
  rig.serve(firstUri, k2)
  const release = rig.hold(secondUri)
  const answer = rig.pool.refetch('k1')
  t.match(await rig.pool.refetch('k2'), { kind: 'found' })
  t.equal(rig.pool.peek('k1', rig.clock.now()), undefined, 'while the second source is asked')
  t.equal(old?.withdrawn, true)
  release()
  t.match(await answer, { kind: 'unknown' })
})

t.test('tells its status', async (t) => {
  const rig = createRig()
  t.strictSame(rig.jwks.statuses(), [{ pool: poolId, ready: false, keys: 0, ageMs: undefined }])
  await rig.jwks.refreshDue()
  const lastError = `cognito-idp.eu-west-1.amazonaws.com/${poolId}/.well-known/jwks.json: answered with status 503`
  t.strictSame(rig.jwks.statuses(), [{ pool: poolId, ready: false, keys: 0, ageMs: undefined, lastError }])
  rig.serve(firstUri, k1, k2)
  rig.clock.advance(10 * second)
  await rig.jwks.refreshDue()
  rig.clock.advance(second)
  t.strictSame(rig.jwks.statuses(), [{ pool: poolId, ready: true, keys: 2, ageMs: second }])
  rig.clock.advance(24 * hour)
  t.match(rig.jwks.statuses(), [{ ready: false, keys: 2 }])
})

t.test('reports each fetch and each change of the keys', async (t) => {
  const rig = createRig()
  const name = `cognito-idp.eu-west-1.amazonaws.com/${poolId}/.well-known/jwks.json`
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.serve(firstUri, k2, {})
  rig.clock.advance(hour)
  await rig.jwks.refreshDue()
  t.strictSame(
    rig.events.map(({ kind, detail }) => `${kind} ${detail}`),
    [
      'keys_changed added "k1", withdrawn none',
      `fetched ${name}`,
      'keys_changed added "k2", withdrawn none',
      `fetched ${name}`,
      `key_rejected ${name}: key without kid: kty is not RSA`,
      'keys_changed added none, withdrawn "k1"',
    ],
  )
  t.ok(rig.events.every(({ pool }) => pool === poolId))
})

t.test('is bounded by the last good round, and never for a file', async (t) => {
  const rig = createRig()
  t.equal(rig.pool.trustedUntil, 0)
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  const key = rig.pool.peek('k1', rig.clock.now())?.key
  const until = rig.clock.now() + 24 * hour
  t.equal(rig.pool.trustedUntil, until)
  t.equal(key && rig.pool.isTrusted(key, until - 1), true)
  t.equal(key && rig.pool.isTrusted(key, until), false)
})

t.test('reads a pinned file at load and trusts it for ever', async (t) => {
  const file = join(t.testdir({ 'jwks.json': Buffer.from(keySetBytes(k1)) }), 'jwks.json')
  const rig = createRig({ pools: [{ id: poolId, uris: [firstUri], file }] })
  rig.jwks.load()
  t.match(rig.pool.find('k1', rig.clock.now() + 1000 * hour), { kind: 'found' })
  t.equal(rig.pool.trustedUntil, Number.POSITIVE_INFINITY)
  t.match(rig.jwks.statuses(), [{ ready: true, keys: 1, ageMs: 0 }])
  t.equal(rig.jwks.nextDueAt(), rig.clock.now() + hour)
  t.strictSame(rig.fetches, [])
})

t.test('reads a pinned file again at each refresh and for an unknown kid', async (t) => {
  const file = join(t.testdir({ 'jwks.json': Buffer.from(keySetBytes(k1)) }), 'jwks.json')
  const rig = createRig({ pools: [{ id: poolId, uris: [], file }] })
  rig.jwks.load()
  writeFileSync(file, keySetBytes(k2))
  rig.clock.advance(hour)
  await rig.jwks.refreshDue()
  t.equal(rig.withdrawn[0]?.kid, 'k1')
  writeFileSync(file, keySetBytes(k1))
  rig.clock.advance(10 * second)
  t.equal(await rig.lookUp('k1'), 'found')
})

t.test('keeps pinned keys while their file is unreadable', async (t) => {
  const file = join(t.testdir({ 'jwks.json': Buffer.from(keySetBytes(k1)) }), 'jwks.json')
  const rig = createRig({ pools: [{ id: poolId, uris: [], file }] })
  rig.jwks.load()
  writeFileSync(file, 'half a fi')
  rig.clock.advance(1000 * hour)
  await rig.jwks.refreshDue()
  t.equal(await rig.lookUp('k1'), 'found')
  t.match(rig.jwks.statuses(), [{ ready: true, lastError: `${file}: the key set is not JSON` }])
})

t.test('starts without a pinned file and takes it when it appears', async (t) => {
  const directory = t.testdir({})
  const file = join(directory, 'jwks.json')
  const rig = createRig({ pools: [{ id: poolId, uris: [], file }] })
  rig.jwks.load()
  t.match(rig.jwks.statuses(), [{ ready: false, lastError: /ENOENT/ }])
  writeFileSync(file, keySetBytes(k1))
  rig.clock.advance(second)
  await rig.jwks.refreshDue()
  t.match(rig.jwks.statuses(), [{ ready: true, keys: 1 }])
})
