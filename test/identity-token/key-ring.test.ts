/** Which key signs, and which keys are published, at each moment of a rotation. */
import t from 'tap'
import { KeyRing, publishAheadMs } from '../../src/identity-token/key-ring.ts'
import { makePrivateKey, readSigningKeys } from '../../src/identity-token/signing-keys.ts'

const makeKey = () => {
  const [key] = readSigningKeys(makePrivateKey('EdDSA'), 'EdDSA')
  if (key === undefined) throw new Error('no key')
  return key
}
const [a, b, c] = [makeKey(), makeKey(), makeKey()]
const names = new Map([
  [a.kid, 'a'],
  [b.kid, 'b'],
  [c.kid, 'c'],
])
const ttlMs = 60_000
const start = 1_000_000

/** Who signs, and who is published. */
function look(ring: KeyRing, now: number): string {
  const published = ring.published(now).map(({ kid }) => names.get(kid))
  return `${names.get(ring.signer(now).kid)}: ${published.join('')}`
}

t.test('at a start the first key signs at once, and all are published', async (t) => {
  t.equal(look(KeyRing.begin([a, b]), start), 'a: ab')
  t.throws(() => KeyRing.begin([]), RangeError)
})

t.test('the same keys are the same ring', async (t) => {
  const ring = KeyRing.begin([a, b])
  t.equal(ring.follow([a, b], start, ttlMs), ring)
  t.not(ring.follow([b, a], start, ttlMs), ring)
})

t.test('a key that was published signs as soon as it is the first one', async (t) => {
  const ring = KeyRing.begin([a]).follow([a, b], start, ttlMs)
  t.equal(look(ring, start), 'a: ab')
  const swapped = ring.follow([b, a], start + publishAheadMs, ttlMs)
  t.equal(look(swapped, start + publishAheadMs), 'b: ba')
})

t.test('a key that nobody has seen is published first and signs later', async (t) => {
  const ring = KeyRing.begin([a]).follow([b, a], start, ttlMs)
  t.equal(look(ring, start), 'a: ba')
  t.equal(look(ring, start + publishAheadMs - 1), 'a: ba')
  t.equal(look(ring, start + publishAheadMs), 'b: ba')
})

t.test(
  'a key that was replaced signs until the new one may, and is published until what it has signed is over',
  async (t) => {
    const ring = KeyRing.begin([a]).follow([b], start, ttlMs)
    t.equal(look(ring, start), 'a: ba')
    const ripe = start + publishAheadMs
    t.equal(look(ring, ripe), 'b: ba')
    t.equal(look(ring, ripe + ttlMs + publishAheadMs - 1), 'b: ba')
    t.equal(look(ring, ripe + ttlMs + publishAheadMs), 'b: b')
  },
)

t.test('keys that are replaced twice in a row leave no gap', async (t) => {
  const ring = KeyRing.begin([a])
    .follow([b], start, ttlMs)
    .follow([c], start + 60_000, ttlMs)
  t.equal(look(ring, start + 60_000), 'a: cba')
  const ripe = start + 60_000 + publishAheadMs
  t.equal(look(ring, ripe - 1), 'a: cba')
  t.equal(look(ring, ripe), 'c: cba')
  t.equal(look(ring, ripe + ttlMs + publishAheadMs), 'c: c')
})

t.test('a key that comes back after a moment has not been seen for longer', async (t) => {
  const ring = KeyRing.begin([a])
    .follow([b, a], start, ttlMs)
    .follow([a], start + 1000, ttlMs)
  t.equal(look(ring, start + 1000), 'a: ab')
  const back = ring.follow([b, a], start + 2000, ttlMs)
  t.equal(look(back, start + publishAheadMs - 1), 'a: ba')
  t.equal(look(back, start + publishAheadMs), 'b: ba')
})

t.test('a key that did not sign is gone after what it may have signed before', async (t) => {
  const ring = KeyRing.begin([a, b]).follow([a], start, ttlMs)
  t.equal(look(ring, start + ttlMs + publishAheadMs - 1), 'a: ab')
  t.equal(look(ring, start + ttlMs + publishAheadMs), 'a: a')
  const later = ring.follow([a, c], start + 1000, ttlMs)
  t.equal(look(later, start + 1000 + ttlMs + publishAheadMs - 1), 'a: acb', 'and never before it was promised')
})
