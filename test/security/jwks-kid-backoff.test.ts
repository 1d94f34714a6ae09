/** The same unknown kid again and again. Green: it causes ever fewer fetches, yet is found as soon as any round brings it. */
import t from 'tap'
import { createRig, firstUri, hour, second } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')

t.test('lets a missed kid cause a round only after twice, four times … the cooldown', async (t) => {
  const rig = createRig({ refreshIntervalMs: 1000 * hour, maxStaleMs: 10_000 * hour })
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.clock.advance(10 * second)
  const rounds: number[] = []
  const startedAt = rig.clock.now()
  while (rig.clock.now() - startedAt < 2000 * second) {
    const before = rig.fetches.length
    await rig.lookUp('k2')
    await rig.jwks.refreshDue()
    if (rig.fetches.length > before) rounds.push((rig.clock.now() - startedAt) / second)
    rig.clock.advance(5 * second)
  }
  t.strictSame(rounds, [0, 20, 60, 140, 300, 620, 1260, 1900])
})

t.test('finds a kid that has to pause as soon as another kid causes a round', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.clock.advance(10 * second)
  t.equal(await rig.lookUp('k2'), 'unknown')
  rig.serve(firstUri, k1, k2)
  rig.clock.advance(10 * second)
  t.equal(rig.pool.find('k2', rig.clock.now()).kind, 'unknown', 'it may not ask yet')
  await rig.lookUp('k3')
  t.equal(rig.pool.find('k2', rig.clock.now()).kind, 'found')
})

t.test('holds a failed round against no kid', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.answer(firstUri, () => Promise.reject(new Error('down')))
  rig.clock.advance(10 * second)
  t.equal(await rig.lookUp('k2'), 'unavailable')
  rig.serve(firstUri, k1, k2)
  rig.clock.advance(10 * second)
  t.equal(await rig.lookUp('k2'), 'found')
})
