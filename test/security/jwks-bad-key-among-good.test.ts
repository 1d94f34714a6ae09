/** One entry without kty, one of another kind, one that is no object. Green: the good keys of the set stay usable. */
import t from 'tap'
import { createRig, firstUri } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')
const { kty: _kty, ...withoutKty } = makePublishedKey('k3')

t.test('uses the good keys of a set and reports the bad ones', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, withoutKty, k1, null, { kty: 'EC', kid: 'k4', crv: 'P-256' }, k2)
  await rig.jwks.refreshDue()
  t.strictSame(rig.pool.snapshot(rig.clock.now())?.keys, [k1, k2])
  t.match(rig.events.at(-1), { kind: 'key_rejected', detail: /key "k3": .*; key without kid: .*; key "k4": / })
  t.equal(await rig.lookUp('k3'), 'unknown')
})
