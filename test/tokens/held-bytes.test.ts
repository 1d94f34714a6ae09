import t from 'tap'
import type { Claims } from '../../src/tokens/claims.ts'
import { detach, HeldBytes } from '../../src/tokens/held-bytes.ts'
import { createCaller } from '../helpers/caller.ts'

/** Of a token with these claims, by somebody who has seen one before or has not. */
function costs(
  claims: Partial<Claims>,
  heldBytes = new HeldBytes(),
): { readonly first: number; readonly next: number } {
  return { first: heldBytes.of(createCaller(claims)), next: heldBytes.of(createCaller(claims)) }
}

function record(length: number, name: (index: number) => string): Record<string, boolean> {
  return Object.fromEntries(Array.from({ length }, (_, index) => [name(index), true]))
}

t.test('counts every character of the token', async (t) => {
  const heldBytes = new HeldBytes()
  heldBytes.of(createCaller())
  const [short, long] = [10, 110].map((length) => heldBytes.of(createCaller({}, { token: 't'.repeat(length) })))
  t.equal(Number(long) - Number(short), 100)
})

t.test('counts the text of a claim twice, for it may be sent as a header too', async (t) => {
  t.equal(costs({ note: 'a'.repeat(110) }).next - costs({ note: 'a'.repeat(10) }).next, 200)
})

t.test('counts what is not ASCII as wide, and percent-encoded in the header', async (t) => {
  t.equal(costs({ note: '山'.repeat(20) }).next - costs({ note: '山'.repeat(10) }).next, 10 * (2 + 9))
})

t.test('counts numbers that are not small integers', async (t) => {
  const zero = costs({ n: 0 }).next
  t.equal(costs({ n: -1 }).next, zero)
  for (const n of [0.5, -0, 2 ** 31, 1e300]) t.equal(costs({ n }).next - zero, 16, `${n}`)
})

t.test('counts lists and objects and what is in them', async (t) => {
  const nothing = costs({ more: null }).next
  t.equal(costs({ more: true }).next, nothing)
  t.equal(costs({ more: [] }).next - nothing, 48)
  t.equal(costs({ more: [[], [], 1, true] }).next - nothing, 48 * 3 + 8 * 4)
  t.equal(costs({ more: [{}, {}] }).next - nothing, 48 + 2 * (8 + 56))
})

t.test('counts a shape with the first token that has it', async (t) => {
  const heldBytes = new HeldBytes()
  heldBytes.of(createCaller())
  const known = costs({ zoneinfo: true }, heldBytes)
  t.ok(known.first - known.next > 300)
  const nested = costs({ zoneinfo: { zoneinfo: true } }, heldBytes)
  t.ok(nested.first - nested.next > 300, 'in an object of its own it is another shape')
})

t.test('counts the same names in another order as another shape', async (t) => {
  const heldBytes = new HeldBytes()
  const one = costs({ more: { a: true, b: true } }, heldBytes)
  const other = costs({ more: { b: true, a: true } }, heldBytes)
  t.equal(other.next, one.next)
  t.ok(other.first > one.next)
})

t.test('counts every token in full whose shape came when too many were known', async (t) => {
  const heldBytes = new HeldBytes()
  const early = costs({ early: true }, heldBytes)
  for (let n = 0; n < 100; n++) heldBytes.of(createCaller({ more: record(10, (index) => `name-${n}-${index}`) }))
  const late = costs({ late: true }, heldBytes)
  t.equal(late.first, late.next)
  t.ok(late.next > early.next + 300)
  t.equal(costs({ early: true }, heldBytes).first, early.next, 'the shapes known by then stay known')
})

t.test('counts a table of its own for each object with a number for a name', async (t) => {
  const nothing = costs({ list: [] }).next
  const { next } = costs({ list: [{ 322: true }, { 322: true }] })
  t.equal(next - nothing, 2 * (8 + 56 + 8 + 160))
})

t.test('counts large objects as hash tables with names of their own', async (t) => {
  const large = costs({ more: record(128, (index) => `n${index + 100}`) })
  const smaller = costs({ more: record(127, (index) => `n${index + 100}`) })
  t.ok(large.next - smaller.next > 24 * 256, 'from 128 members on')
  const claims = costs(record(300, (index) => `n${index + 100}`))
  t.ok(claims.next < 300 * 24, 'but not the claims themselves, which are a copy')
  t.ok(costs(record(1000, (index) => `n${index + 1000}`)).next > 24 * 2048, 'up to a thousand')
})

t.test('gives a text back as it was', async (t) => {
  const text = 'eyJhbGciOiJSUzI1NiJ9.e30._-09AZaz'
  t.equal(detach(`Bearer ${text}`.slice(7)), text)
})
