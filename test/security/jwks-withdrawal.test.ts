/** A key is withdrawn at its source. Green: it stops being trusted with the next refresh, and whoever holds it is told. */
import t from 'tap'
import { createRig, firstUri, hour, second, secondUri } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')

t.test('stops trusting a withdrawn key with the next background round', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1, k2)
  await rig.jwks.refreshDue()
  const [gone, stays] = ['k1', 'k2'].map((kid) => rig.pool.peek(kid, rig.clock.now())?.key)
  rig.serve(firstUri, k2)
  rig.clock.advance(hour)
  await rig.jwks.refreshDue()
  t.strictSame(rig.withdrawn, [gone])
  t.equal(gone && rig.pool.isTrusted(gone, rig.clock.now()), false)
  t.equal(stays && rig.pool.isTrusted(stays, rig.clock.now()), true)
  t.equal(await rig.lookUp('k1'), 'unknown')
  t.equal(rig.pool.peek('k2', rig.clock.now())?.key, stays)
})

t.test('stops trusting it with a round that a caller caused, too', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.serve(firstUri, k2)
  rig.clock.advance(10 * second)
  t.equal(await rig.lookUp('k2'), 'found')
  t.equal(rig.withdrawn[0]?.kid, 'k1')
})

t.test('makes a new key object when a withdrawn key comes back', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1, k2)
  await rig.jwks.refreshDue()
  const before = rig.pool.peek('k1', rig.clock.now())?.key
  for (const keys of [[k2], [k1, k2]]) {
    rig.serve(firstUri, ...keys)
    rig.clock.advance(hour)
    await rig.jwks.refreshDue()
  }
  const after = rig.pool.peek('k1', rig.clock.now())?.key
  t.equal(before?.withdrawn, true)
  t.equal(after?.withdrawn, false)
  t.not(after, before)
})

t.test('is not withdrawn while another source still publishes it', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  rig.serve(secondUri, k1, k2)
  t.equal(await rig.lookUp('k2'), 'found')
  rig.serve(firstUri, k2)
  rig.clock.advance(hour)
  await rig.jwks.refreshDue()
  t.equal(await rig.lookUp('k1'), 'found')
  rig.serve(secondUri, k2)
  rig.clock.advance(hour)
  await rig.jwks.refreshDue()
  t.equal(rig.withdrawn[0]?.kid, 'k1')
})
