/** A set with one kid twice, the attacker's key second. Green: only the first key is ever tried. */
import t from 'tap'
import { createRig, firstUri } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const attacker = makePublishedKey('k1')

t.test('trusts the first key of a kid that is published twice', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1, attacker)
  await rig.jwks.refreshDue()
  t.strictSame(rig.pool.snapshot(rig.clock.now())?.keys, [k1])
  t.match(rig.events.at(-1), { kind: 'key_rejected', detail: /key "k1": its kid is taken by an earlier key$/ })
})
