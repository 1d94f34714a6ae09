/** What goes on when a runtime is compiled again. */
import t from 'tap'
import { compileRuntime } from '../../src/decide/runtime.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken } from '../../src/issuer/tokens.ts'
import { verifyToken } from '../../src/tokens/verify.ts'
import { rule } from '../helpers/rules.ts'
import { createConfig, createReadyRuntime, testPool } from '../helpers/runtime.ts'

const keys = createKeys()
const other = { ...testPool, id: 'eu-west-1_OTHERPOOL', jwksUri: 'https://keys.example.com/jwks.json' }

async function compileAgain(changes: Parameters<typeof createConfig>[0], start: typeof changes = {}) {
  const world = await createReadyRuntime({ keys, ...start })
  const parts = {
    fetchKeys: () => Promise.reject(new Error('no fetch')),
    now: world.clock.now,
    random: () => 1,
    onKeyEvent: () => undefined,
  }
  const before = { config: createConfig(start), runtime: world.runtime }
  return { before: world.runtime, after: compileRuntime(createConfig(changes), parts, before), world }
}

t.test('other rules leave keys, remembered tokens and rates as they are', async (t) => {
  const { before, after } = await compileAgain({ routes: [rule('/*')] })
  t.equal(after.jwks, before.jwks)
  t.equal(after.verifier, before.verifier)
  t.equal(after.rates, before.rates)
  t.not(after.match, before.match)
})

t.test('a rule that asks for another claim begins with no remembered token, because they lack it', async (t) => {
  const asking = rule('/*', { claims: { plan: ['gold'] } })
  const first = await compileAgain({ routes: [asking] })
  t.not(first.after.verifier, first.before.verifier)
  t.equal(first.after.jwks.statuses()[0]?.ready, true, 'the keys stay')
  const same = await compileAgain({ routes: [{ ...asking, claims: { plan: ['silver'] } }] }, { routes: [asking] })
  t.equal(same.after.verifier, same.before.verifier, 'another value of the same claim')
})

t.test('another rate begins anew', async (t) => {
  const { before, after } = await compileAgain({ rateLimit: { perAddress: { requests: 1, periodMs: 1000 } } })
  t.not(after.rates, before.rates)
  t.equal(after.verifier, before.verifier)
})

t.test('a pool that stays keeps its keys, and a new one has none yet', async (t) => {
  const { before, after, world } = await compileAgain({ userPools: [testPool, other] })
  t.not(after.verifier, before.verifier)
  t.match(after.jwks.statuses(), [
    { pool: testPool.id, ready: true },
    { pool: other.id, ready: false },
  ])
  const token = mintAccessToken(world.mint)
  t.match(verifyToken(after.verifier, token, world.clock.now()), { kind: 'verified' })
})

t.test('a pool whose keys come from another place begins without keys', async (t) => {
  const { after } = await compileAgain({ userPools: [{ ...testPool, jwksUri: 'https://keys.example.com/jwks.json' }] })
  t.match(after.jwks.statuses(), [{ ready: false }])
})
