/** The key endpoint goes down while the gate works. Green: known keys verify until the bound, and not one moment longer. */
import t from 'tap'
import { createRig, firstUri, hour, second } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')

async function createWarmRig() {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.answer(firstUri, () => Promise.reject(new Error('down')))
  return rig
}

t.test('keeps verifying with known keys until they are too old, then answers unavailable', async (t) => {
  const rig = await createWarmRig()
  const end = rig.clock.now() + 24 * hour
  const key = rig.pool.peek('k1', rig.clock.now())?.key
  while (rig.jwks.nextDueAt() < end) {
    rig.clock.set(rig.jwks.nextDueAt())
    await rig.jwks.refreshDue()
    t.equal(rig.pool.find('k1', rig.clock.now()).kind, 'found')
  }
  t.equal(rig.jwks.nextDueAt(), end, 'the last attempt comes when the keys end')
  t.equal(rig.pool.find('k1', end - 1).kind, 'found')
  t.equal(key && rig.pool.isTrusted(key, end - 1), true)
  rig.clock.set(end)
  t.equal(key && rig.pool.isTrusted(key, end), false)
  t.equal(await rig.lookUp('k1'), 'unavailable')
  t.match(rig.jwks.statuses(), [{ ready: false, keys: 0 }])
  t.strictSame(rig.withdrawn, [key])
})

t.test('trusts a key anew when the endpoint is back after the bound', async (t) => {
  const rig = await createWarmRig()
  rig.clock.advance(24 * hour)
  await rig.jwks.refreshDue()
  rig.serve(firstUri, k1)
  rig.clock.set(rig.jwks.nextDueAt())
  await rig.jwks.refreshDue()
  t.equal(await rig.lookUp('k1'), 'found')
  t.match(rig.jwks.statuses(), [{ ready: true, ageMs: 0, lastError: undefined }])
})

t.test('backs off from 1 s while known keys still vouch', async (t) => {
  const rig = await createWarmRig()
  rig.clock.advance(hour)
  const gaps: number[] = []
  for (let round = 0; round < 4; round++) {
    await rig.jwks.refreshDue()
    gaps.push((rig.jwks.nextDueAt() - rig.clock.now()) / second)
    rig.clock.set(rig.jwks.nextDueAt())
  }
  t.strictSame(gaps, [1, 2, 4, 8])
})
