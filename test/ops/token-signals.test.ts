import t from 'tap'
import { TokenSignals } from '../../src/ops/token-signals.ts'
import type { Claims } from '../../src/tokens/claims.ts'

const now = 1_800_000_000_000
const iat = now / 1000
const user: Claims = {
  ...{ sub: 'alice', iss: 'x', token_use: 'access', client_id: 'c1', username: 'alice' },
  ...{ iat, auth_time: iat, exp: iat + 3600, origin_jti: 'o1' },
}

function count(...all: readonly Readonly<Record<string, unknown>>[]) {
  const signals = new TokenSignals((clientId) => (clientId === 'c1' ? 'c1' : 'other'))
  for (const changes of all) signals.add({ ...user, ...changes } as unknown as Claims, 'pool', now)
  const sum = (entries: readonly (readonly [object, number])[]) =>
    entries.reduce((total, [, value]) => total + value, 0)
  return { signals, signIns: sum(signals.signIns.entries()), refreshed: sum(signals.refreshed.entries()) }
}

t.test('a token that comes long after its sign-in is a refreshed one, also when it is the first', async (t) => {
  t.match(count({ iat: iat + 60 }), { signIns: 1, refreshed: 0 })
  t.match(count({ iat: iat + 61 }), { signIns: 0, refreshed: 1 })
})

t.test('without origin_jti the subject and the time of the sign-in are its name', async (t) => {
  const bare = { origin_jti: undefined }
  t.match(count(bare, bare, { ...bare, iat: iat + 5 }), { signIns: 1, refreshed: 1 })
  t.match(count(bare, { ...bare, sub: 'bob' }, { ...bare, auth_time: iat - 1 }), { signIns: 3, refreshed: 0 })
})

t.test('a sign-in of one pool is not that of another', async (t) => {
  const { signals } = count({})
  signals.add(user, 'other pool', now)
  t.same(
    signals.signIns.entries().map(([labels]) => labels['pool']),
    ['pool', 'other pool'],
  )
})

t.test('a token that does not say when it was issued or when its user signed in tells of neither', async (t) => {
  t.match(count({ iat: undefined }, { auth_time: undefined }, { auth_time: 'now' }), { signIns: 0, refreshed: 0 })
})

t.test('of machines only the tokens are counted; a user with the name of the client is a user', async (t) => {
  const { signals, signIns } = count({ sub: 'c1', username: undefined }, { sub: 'c1' })
  t.equal(signIns, 1)
  t.same(
    signals.tokens.entries().map(([{ kind }]) => kind),
    ['machine', 'access'],
  )
})

t.test('a second factor is one that amr names; without amr it is unknown', async (t) => {
  const factors = [['pwd', 'otp', 'mfa'], ['pwd'], [], 'mfa', undefined]
  const { signals } = count(...factors.map((amr, at) => ({ amr, origin_jti: `o${at}` })))
  t.same(
    signals.signIns.entries().map(([{ mfa }, value]) => [mfa, value]),
    [
      ['yes', 1],
      ['no', 2],
      ['unknown', 2],
    ],
  )
})

t.test('the rest of a life is never negative', async (t) => {
  const { signals } = count({ exp: iat - 5 }, { exp: iat + 90 })
  const samples = signals.remaining.get('access')?.samples('x', {}) ?? []
  t.same(
    samples.slice(0, 2).map(({ value }) => value),
    [1, 2],
  )
  t.equal(samples.at(-2)?.value, 90)
})

t.test('sign-ins are forgotten when there are too many, the oldest first', async (t) => {
  const { signals, signIns } = count(...Array.from({ length: 16_385 }, (_, at) => ({ origin_jti: `o${at}` })))
  t.equal(signIns, 16_385)
  const again = () => signals.signIns.entries()[0]?.[1]
  signals.add({ ...user, origin_jti: 'o16384' }, 'pool', now)
  t.equal(again(), 16_385)
  signals.add({ ...user, origin_jti: 'o0' }, 'pool', now)
  t.equal(again(), 16_386)
})
