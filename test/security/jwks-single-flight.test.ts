/** 200 requests arrive at once with a kid that has to be fetched. Green: the endpoint sees one fetch. */
import t from 'tap'
import { createRig, firstUri, second } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')

t.test('makes one fetch for 200 callers at a cold start', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  const kinds = await Promise.all(Array.from({ length: 200 }, () => rig.lookUp('k1')))
  t.strictSame(kinds, Array(200).fill('found'))
  t.strictSame(rig.fetches, [firstUri])
})

t.test('makes one fetch for 200 callers with a rotated key', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.serve(firstUri, k1, k2)
  rig.clock.advance(10 * second)
  const kinds = await Promise.all(Array.from({ length: 200 }, () => rig.lookUp('k2')))
  t.strictSame(kinds, Array(200).fill('found'))
  t.strictSame(rig.fetches, [firstUri, firstUri])
})

t.test('lets callers and background share one round', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  const release = rig.hold(firstUri)
  const all = [rig.jwks.refreshDue(), rig.lookUp('k1'), rig.lookUp('k1')]
  release()
  await Promise.all([...all, rig.pool.refresh()])
  t.strictSame(rig.fetches, [firstUri])
})
