/** Keys that can be forged with: short moduli, exponent 1 (RFC 8725 section 3.5). Green: they are never trusted. */
import t from 'tap'
import { createRig, firstUri, hour } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const weakKeys = {
  'a modulus of 512 bits': makePublishedKey('weak', 512),
  'a modulus of 1024 bits': makePublishedKey('weak', 1024),
  'exponent 1': { ...makePublishedKey('weak'), e: 'AQ' },
}

for (const [name, weak] of Object.entries(weakKeys)) {
  t.test(`does not trust a key with ${name}`, async (t) => {
    const rig = createRig()
    rig.serve(firstUri, weak)
    await rig.jwks.refreshDue()
    t.match(rig.jwks.statuses(), [{ ready: false, keys: 0 }])
    t.equal(await rig.lookUp('weak'), 'unavailable')
  })

  t.test(`keeps the earlier keys when the set is replaced by one key with ${name}`, async (t) => {
    const rig = createRig()
    rig.serve(firstUri, k1)
    await rig.jwks.refreshDue()
    rig.serve(firstUri, weak)
    rig.clock.advance(hour)
    await rig.jwks.refreshDue()
    t.equal(await rig.lookUp('k1'), 'found')
    t.match(rig.jwks.statuses(), [{ keys: 1, lastError: /no usable key; key "weak":/ }])
  })
}
