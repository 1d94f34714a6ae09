/**
 * Unverified tokens with random kids. Green: they cause one fetch in a cooldown at most, and a key that is rotated in meanwhile is
 * found within one cooldown; at once after a fetch that nobody asked for.
 */
import t from 'tap'
import { createRig, firstUri, second, secondUri } from '../helpers/jwks-rig.ts'
import { keySetBytes, makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')
const cooldownMs = 10 * second

t.test('causes at most one fetch in a cooldown, and finds a rotated key within one cooldown', async (t) => {
  const rig = createRig()
  const fetchedAt: number[] = []
  const rotatedAt = rig.clock.now() + 5 * second
  rig.answer(firstUri, async () => {
    fetchedAt.push(rig.clock.now())
    return rig.clock.now() < rotatedAt ? keySetBytes(k1) : keySetBytes(k1, k2)
  })
  await rig.jwks.refreshDue()
  let foundAt = Number.POSITIVE_INFINITY
  for (let step = 0; step < 1000; step++) {
    rig.clock.advance(30)
    const flooding = rig.lookUp(`random-${step}`)
    await rig.jwks.refreshDue()
    await flooding
    if (rig.pool.peek('k2', rig.clock.now())) foundAt = Math.min(foundAt, rig.clock.now())
  }
  const [, ...caused] = fetchedAt
  const gaps = caused.slice(1).map((at, index) => at - (caused[index] ?? 0))
  t.equal(gaps.length, 2, 'in 30 s')
  t.ok(Math.min(...gaps) >= cooldownMs, `gaps of ${gaps} ms`)
  t.ok(foundAt - rotatedAt <= cooldownMs, `found after ${foundAt - rotatedAt} ms`)
})

t.test('FLD-37 finds a key at once that was rotated in right after a fetch of its own', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.serve(firstUri, k1, k2)
  rig.clock.advance(second)
  t.equal(await rig.lookUp('k2'), 'found')
})

t.test('finds a rotated key by the background round alone, at the end of the cooldown', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  t.equal(await rig.lookUp('made-up'), 'unknown')
  rig.serve(firstUri, k1, k2)
  rig.clock.advance(second)
  t.equal(await rig.lookUp('k2'), 'unknown')
  t.equal(rig.jwks.nextDueAt(), rig.clock.now() + 9 * second)
  rig.clock.advance(9 * second)
  await rig.jwks.refreshDue()
  t.equal(await rig.lookUp('k2'), 'found')
})

t.test('finds a rotated key at once when no round was made for a cooldown', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.serve(firstUri, k1, k2)
  rig.clock.advance(cooldownMs)
  t.equal(await rig.lookUp('k2'), 'found')
})

t.test('asks each source at most once in a round, whatever the number of kids', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  rig.serve(secondUri, k1)
  await rig.jwks.refreshDue()
  rig.clock.advance(cooldownMs)
  await Promise.all(Array.from({ length: 1000 }, (_, index) => rig.lookUp(`random-${index}`)))
  t.strictSame(rig.fetches, [firstUri, firstUri, secondUri])
})

t.test('refuses random kids at once during an outage, without a fetch for each', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.answer(firstUri, () => Promise.reject(new Error('down')))
  rig.clock.advance(cooldownMs)
  await Promise.all(Array.from({ length: 1000 }, (_, index) => rig.lookUp(`random-${index}`)))
  t.equal(rig.fetches.filter((uri) => uri === firstUri).length, 2)
  t.equal(await rig.lookUp('k1'), 'found')
})
