/** The key endpoint is down when the gate starts. Green: nobody is called a liar meanwhile, and the gate recovers alone. */
import t from 'tap'
import { createRig, firstUri, second } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')

t.test('answers unavailable, not unknown, while there were never any keys', async (t) => {
  const rig = createRig()
  rig.jwks.load()
  await rig.jwks.refreshDue()
  t.equal(await rig.lookUp('k1'), 'unavailable')
  t.match(rig.jwks.statuses(), [{ ready: false, keys: 0, lastError: /answered with status 503$/ }])
})

t.test('tries again by itself, at most one cooldown apart, however long the outage lasts', async (t) => {
  const rig = createRig()
  const gaps: number[] = []
  for (let round = 0; round < 20; round++) {
    await rig.jwks.refreshDue()
    const gap = rig.jwks.nextDueAt() - rig.clock.now()
    gaps.push(gap / second)
    rig.clock.advance(gap)
  }
  t.strictSame(gaps, [1, 2, 4, 8, ...Array(16).fill(10)])
})

t.test('is ready with the first round after the outage', async (t) => {
  const rig = createRig()
  await rig.jwks.refreshDue()
  rig.serve(firstUri, k1)
  rig.clock.set(rig.jwks.nextDueAt())
  await rig.jwks.refreshDue()
  t.match(rig.jwks.statuses(), [{ ready: true, keys: 1, lastError: undefined }])
  t.equal(await rig.lookUp('k1'), 'found')
})

t.test('is ready with the first caller after the cooldown', async (t) => {
  const rig = createRig()
  await rig.jwks.refreshDue()
  rig.serve(firstUri, k1)
  rig.clock.advance(10 * second)
  t.equal(await rig.lookUp('k1'), 'found')
})
