/** A key that is published for encryption. Green: it verifies nothing. */
import t from 'tap'
import { createRig, firstUri } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const forEncryption = {
  'key_ops encrypt': { ...makePublishedKey('enc'), key_ops: ['encrypt', 'wrapKey'] },
  'use enc': { ...makePublishedKey('enc'), use: 'enc' },
}

for (const [name, key] of Object.entries(forEncryption)) {
  t.test(`does not trust a key with ${name}`, async (t) => {
    const rig = createRig()
    rig.serve(firstUri, key, k1)
    await rig.jwks.refreshDue()
    t.equal(await rig.lookUp('enc'), 'unknown')
    t.equal(await rig.lookUp('k1'), 'found')
  })
}
