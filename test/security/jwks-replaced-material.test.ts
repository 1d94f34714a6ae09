/** The endpoint publishes new material under an old kid. Green: the old material is withdrawn, the new one verifies. */
import t from 'tap'
import { createRig, firstUri, hour } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const replaced = { ...makePublishedKey('k1'), kid: 'k1' }

t.test('trusts the new material under the kid and withdraws the old', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  const old = rig.pool.peek('k1', rig.clock.now())?.key
  rig.serve(firstUri, replaced)
  rig.clock.advance(hour)
  await rig.jwks.refreshDue()
  const current = rig.pool.peek('k1', rig.clock.now())?.key
  t.equal(old?.withdrawn, true)
  t.strictSame(rig.withdrawn, [old])
  t.equal(current?.jwk.n, replaced.n)
  t.equal(current?.withdrawn, false)
  t.equal(current?.publicKey.export({ format: 'jwk' }).n, replaced.n)
})

t.test('takes the word of the source that answers over the older one of a source that fails', async (t) => {
  const first = 'https://first.example/jwks.json'
  const other = 'https://other.example/jwks.json'
  const rig = createRig({ pools: [{ id: 'pool', uris: [first, other] }] })
  rig.serve(first, k1)
  await rig.jwks.refreshDue()
  rig.answer(first, () => Promise.reject(new Error('down')))
  rig.serve(other, replaced)
  rig.clock.advance(hour)
  await rig.jwks.refreshDue()
  t.equal(rig.pool.peek('k1', rig.clock.now())?.key.jwk.n, replaced.n)
})
