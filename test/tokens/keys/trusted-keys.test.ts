import t from 'tap'
import { readJwkSet } from '../../../src/tokens/keys/jwk-set.ts'
import { describeChange, isChange, TrustedKeys } from '../../../src/tokens/keys/trusted-keys.ts'
import { makePublishedKey } from '../../helpers/key-sets.ts'

const { keys } = readJwkSet({ keys: [makePublishedKey('k1'), makePublishedKey('k2')] })
const [k1, k2] = keys as [(typeof keys)[0], (typeof keys)[0]]
const replaced = { ...k2, kid: 'k1' }

t.test('finds what it was given, by kid', async (t) => {
  const trusted = new TrustedKeys('pool')
  const change = trusted.replace([{ keys: [k1], fetchedAt: 1 }])
  t.match(trusted.find('k1'), { kind: 'found', key: { jwk: k1, kid: 'k1', pool: 'pool', withdrawn: false } })
  t.equal(trusted.find('k2'), undefined)
  t.equal(trusted.size, 1)
  t.strictSame(trusted.jwks(), [k1])
  t.strictSame(change, { added: ['k1'], withdrawn: [] })
})

t.test('gives the same answer object for a key that stays', async (t) => {
  const trusted = new TrustedKeys('pool')
  trusted.replace([{ keys: [k1], fetchedAt: 1 }])
  const before = trusted.find('k1')
  const change = trusted.replace([{ keys: [{ ...k1 }, k2], fetchedAt: 2 }])
  t.equal(trusted.find('k1'), before)
  t.strictSame(change, { added: ['k2'], withdrawn: [] })
})

t.test('withdraws a key that leaves', async (t) => {
  const trusted = new TrustedKeys('pool')
  trusted.replace([{ keys, fetchedAt: 1 }])
  const gone = trusted.find('k1')?.key
  const change = trusted.replace([{ keys: [k2], fetchedAt: 2 }])
  t.equal(gone?.withdrawn, true)
  t.equal(change.withdrawn[0], gone)
  t.equal(trusted.find('k1'), undefined)
})

t.test('withdraws a key whose material changed and trusts the new one under its kid', async (t) => {
  const trusted = new TrustedKeys('pool')
  trusted.replace([{ keys: [k1], fetchedAt: 1 }])
  const old = trusted.find('k1')?.key
  trusted.replace([{ keys: [replaced], fetchedAt: 2 }])
  t.equal(old?.withdrawn, true)
  t.match(trusted.find('k1')?.key, { jwk: replaced, withdrawn: false })
})

t.test('trusts the union, and on a contested kid the set that was fetched last', async (t) => {
  const trusted = new TrustedKeys('pool')
  trusted.replace([
    { keys: [k1], fetchedAt: 1 },
    { keys: [replaced, k2], fetchedAt: 2 },
  ])
  t.equal(trusted.find('k1')?.key.jwk, replaced)
  t.equal(trusted.size, 2)
})

t.test('prefers the earlier source where both were fetched at once', async (t) => {
  const trusted = new TrustedKeys('pool')
  trusted.replace([
    { keys: [k1], fetchedAt: 2 },
    { keys: [replaced], fetchedAt: 2 },
  ])
  t.equal(trusted.find('k1')?.key.jwk, k1)
})

t.test('extends without withdrawing or replacing', async (t) => {
  const trusted = new TrustedKeys('pool')
  trusted.replace([{ keys: [k1], fetchedAt: 1 }])
  const before = trusted.find('k1')
  t.strictSame(trusted.extend([replaced, k2]), { added: ['k2'], withdrawn: [] })
  t.equal(trusted.find('k1'), before)
  t.equal(trusted.size, 2)
})

t.test('tells a change from none', async (t) => {
  const trusted = new TrustedKeys('pool')
  const set = { keys: [k1], fetchedAt: 1 }
  const added = trusted.replace([set])
  t.equal(isChange(added), true)
  t.equal(describeChange(added), 'added "k1", withdrawn none')
  t.equal(isChange(trusted.replace([set])), false)
  const withdrawn = trusted.replace([])
  t.equal(isChange(withdrawn), true)
  t.equal(describeChange(withdrawn), 'added none, withdrawn "k1"')
})
