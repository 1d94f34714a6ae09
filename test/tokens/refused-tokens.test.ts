import t from 'tap'
import type { Reason } from '../../src/reasons.ts'
import { reasons } from '../../src/reasons.ts'
import { RefusedTokens } from '../../src/tokens/refused-tokens.ts'
import { Scratch } from '../../src/tokens/scratch.ts'
import { createCaller } from '../helpers/caller.ts'
import { readHeldBytes } from '../helpers/held-memory.ts'
import { createRig, firstUri, hour, second } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const tail = 's'.repeat(43)
const scratch = new Scratch(2 ** 14)

async function createRefused() {
  const rig = createRig()
  rig.serve(firstUri, makePublishedKey('k1'))
  await rig.pool.refetch('k1')
  const key = { ...createCaller().key }
  const refused = new RefusedTokens(() => 0.6180339887)
  const foundAt = rig.clock.now()
  const once = (token: string, reason: Reason = 'signature_invalid') =>
    refused.add({ token, reason, key, keys: rig.pool, client: 'other', foundAt }, scratch)
  const twice = (token: string, reason?: Reason) => {
    for (let time = 0; time < 2; time++) once(token, reason)
  }
  return { refused, once, twice, key, foundAt }
}

t.test('remembers a token whose reason cannot change, and no other', async (t) => {
  const { refused, twice, foundAt } = await createRefused()
  const all = Object.keys(reasons) as Reason[]
  for (const reason of all) twice(tail + reason, reason)
  const remembered = all.filter((reason) => refused.find(tail + reason, foundAt)?.reason === reason)
  t.same(remembered, ['signature_invalid', 'token_expired'])
})

t.test('remembers from the second time on, and forgets a first time that thousands came after', async (t) => {
  const { refused, once, foundAt } = await createRefused()
  const token = (n: number) => `h.p.${String(n).padStart(40, '0')}_`
  for (const found of [undefined, 'signature_invalid']) {
    once(token(1))
    t.equal(refused.find(token(1), foundAt)?.reason, found)
  }
  once(token(2))
  for (let n = 0; n < 50_000; n++) once(`h.p.${String(n).padStart(42, 'x')}_`)
  once(token(2))
  t.equal(refused.find(token(2), foundAt)?.reason, undefined)
})

t.test('takes only the whole token for the same one, and the latest of two with one tail', async (t) => {
  const { refused, twice, foundAt } = await createRefused()
  twice(`1.${tail}`)
  for (const other of [`2.${tail}`, tail, `1.${tail}=`, `x1.${tail}`])
    t.equal(refused.find(other, foundAt)?.reason, undefined)
  t.equal(refused.find(`1.${tail}`, foundAt)?.reason, 'signature_invalid')
  twice(`2.${tail}`, 'token_expired')
  t.equal(refused.find(`1.${tail}`, foundAt)?.reason, undefined)
  t.equal(refused.find(`2.${tail}`, foundAt)?.reason, 'token_expired')
})

t.test('the verdict is of its key, and of the time since it was found', async (t) => {
  const { refused, twice, key, foundAt } = await createRefused()
  twice('h.p.s', 'token_expired')
  t.equal(refused.find('h.p.s', foundAt - 1)?.reason, undefined, 'a clock that was set back')
  t.equal(refused.find('h.p.s', foundAt + 24 * hour - 1)?.reason, 'token_expired')
  t.equal(refused.find('h.p.s', foundAt + 24 * hour)?.reason, undefined, 'keys that have gone stale')
  key.withdrawn = true
  t.equal(refused.find('h.p.s', foundAt)?.reason, undefined, 'a key that was withdrawn')
})

t.test('a signature is looked at again when a fetch may show another key under its kid (FLD-20)', async (t) => {
  const { refused, twice, foundAt } = await createRefused()
  twice('h.p.s')
  t.equal(refused.find('h.p.s', foundAt + 10 * second - 1)?.reason, 'signature_invalid', 'within the cooldown')
  t.equal(refused.find('h.p.s', foundAt + 10 * second)?.reason, undefined)
})

t.test('holds 4 MiB of them, the ones that were asked for last', async (t) => {
  const { refused, twice, foundAt } = await createRefused()
  const token = (n: number) => `${'x'.repeat(8000)}${String(n).padStart(42, '0')}_`
  const fitting = Math.floor((4 * 1024 ** 2) / (token(0).length + 300))
  for (let n = 0; n < fitting; n++) twice(token(n))
  t.equal(refused.find(token(0), foundAt)?.reason, 'signature_invalid')
  twice(token(fitting))
  t.equal(refused.find(token(0), foundAt)?.reason, 'signature_invalid', 'asked for just now')
  t.equal(refused.find(token(1), foundAt)?.reason, undefined, 'made room')
})

t.test('a token that takes the place of another with its tail leaves nothing of it behind', async (t) => {
  const { refused, twice, foundAt } = await createRefused()
  const end = (n: number) => String(n).padStart(43, '_')
  const heldBefore = readHeldBytes()
  for (let n = 0; n < 1000; n++) {
    twice(`${'x'.repeat(15_000)}.${end(n)}`)
    twice(`y.${end(n)}`)
  }
  t.equal(refused.find(`y.${end(999)}`, foundAt)?.reason, 'signature_invalid')
  const heldMib = (readHeldBytes() - heldBefore) / 1024 ** 2
  t.ok(heldMib < 4, `${heldMib.toFixed(1)} MiB`)
})

t.test('nobody can choose tokens that are taken for one that was refused already', async (t) => {
  const { refused, once, foundAt } = await createRefused()
  const tokens = Array.from({ length: 1000 }, (_, n) => `h.p.${String(n).padStart(36, '_')}AAAAAAA`)
  for (const token of tokens) once(token)
  t.same(
    tokens.filter((token) => refused.find(token, foundAt) !== undefined),
    [],
  )
})
