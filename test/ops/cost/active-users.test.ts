import t from 'tap'
import { ActiveUsers, mergeActivity } from '../../../src/ops/cost/active-users.ts'
import type { Claims } from '../../../src/tokens/claims.ts'

const pool = 'eu-west-1_AbCdEfGhI'
const now = Date.parse('2026-11-15T12:00:00Z')
const user: Claims = {
  ...{ sub: 'alice', iss: 'x', token_use: 'access', client_id: 'c1', username: 'alice' },
  ...{ iat: now / 1000, exp: now / 1000 + 3600 },
}

function count(...all: readonly Readonly<Record<string, unknown>>[]): ActiveUsers {
  const users = new ActiveUsers('secret')
  for (const changes of all) users.add({ ...user, ...changes } as unknown as Claims, pool, now)
  return users
}

const kindsOf = (users: ActiveUsers) =>
  Object.fromEntries(users.estimates().map(({ kind, estimate }) => [kind, estimate]))

t.test('people are counted once, machines by token', async (t) => {
  const machine = { sub: 'c1', username: undefined }
  t.same(kindsOf(count({}, {}, { sub: 'bob' }, { token_use: 'id', client_id: undefined, aud: 'c1' })), { user: 2 })
  t.same(kindsOf(count({ ...machine, jti: 'a' }, { ...machine, jti: 'a' }, { ...machine, jti: 'b' })), { machine: 2 })
  t.same(kindsOf(count(machine, machine, { ...machine, iat: 1 + now / 1000 })), { machine: 2 }, 'without jti')
})

t.test(
  'a user is federated by the automatic group or by identities; social providers cost as local users do',
  async (t) => {
    const group = (name: string) => ({ 'cognito:groups': [name] })
    t.same(kindsOf(count(group(`${pool}_Okta`))), { federated: 1 })
    for (const social of ['Google', 'Facebook', 'LoginWithAmazon', 'SignInWithApple'])
      t.same(kindsOf(count(group(`${pool}_${social}`))), { user: 1 }, social)
    t.same(kindsOf(count(group('other_Okta'), group(pool), group(`${pool}Okta`))), { user: 1 })
    t.same(kindsOf(count({ identities: [{ providerName: 'Okta', providerType: 'SAML' }] })), { federated: 1 })
    for (const identities of [[{ providerName: 'Google' }], [7, null, {}], 'Okta', [{ providerName: 1 }]])
      t.same(kindsOf(count({ identities })), { user: 1 }, JSON.stringify(identities))
  },
)

t.test('the month is that of iat, in UTC, and the last three are kept', async (t) => {
  const at = (time: string) => ({ iat: Date.parse(time) / 1000 })
  const users = count(at('2026-10-31T23:59:59Z'), at('2026-11-01T00:00:00Z'), { iat: undefined, sub: 'bob' })
  const months = (users: ActiveUsers) => users.estimates().map(({ month, estimate }) => [month, estimate])
  t.same(months(users), [
    ['2026-11', 2],
    ['2026-10', 1],
  ])
  t.same(
    users.current(now).map(({ month }) => month),
    ['2026-11'],
  )
  const year = ['2026-08', '2026-12', '2026-09', '2026-10', '2026-07'].map((month) => at(`${month}-02T00:00:00Z`))
  t.same(months(count(...year)), [
    ['2026-12', 1],
    ['2026-10', 1],
    ['2026-09', 1],
  ])
})

t.test('what leaves the process has no subject in it, and another secret gives other sketches', async (t) => {
  const [one, two] = ['one', 'two'].map((secret) => {
    const users = new ActiveUsers(secret)
    users.add(user, pool, now)
    return users
  })
  t.notMatch(JSON.stringify(one?.part()), /alice|one/)
  t.not(one?.part().sketches[0]?.registers, two?.part().sketches[0]?.registers)
  t.throws(() => one?.merge(two?.part()), { message: 'made with another activeUsers.secret' })
})

t.test('a part that is none is refused, and changes nothing', async (t) => {
  const users = count({})
  const before = JSON.stringify(users.part())
  const [sketch] = users.part().sketches
  const part = (changes: object) => ({ ...users.part(), sketches: [{ ...sketch, ...changes }] })
  const bad = [
    ...[undefined, null, 7, 'text', [], {}, { ...users.part(), version: 2 }, { version: 1, key: 7, sketches: [] }],
    ...[
      part({ month: 'x' }),
      part({ pool: 7 }),
      part({ kind: 'x' }),
      part({ registers: 'AAAA' }),
      part({ registers: 7 }),
    ],
  ]
  for (const one of bad) t.throws(() => users.merge(one), { name: 'TypeError' }, JSON.stringify(one)?.slice(0, 80))
  t.equal(JSON.stringify(users.part()), before)
})

t.test('parts of several gates are merged as one, and the one that cannot be is named', async (t) => {
  const fault = (name: string, problem: string) => new Error(`${name}: ${problem}`)
  const parts = [count({}, { sub: 'bob' }), count({ sub: 'bob' }, { sub: 'carol' })].map((users, at) => ({
    name: `gate${at}`,
    part: users.part(),
  }))
  t.match(mergeActivity(parts, fault), [{ month: '2026-11', pool, kind: 'user', estimate: 3 }])
  t.same(mergeActivity([], fault), [])
  const other = { name: 'gate9', part: new ActiveUsers('other').part() }
  t.throws(() => mergeActivity([...parts, other], fault), { message: 'gate9: made with another activeUsers.secret' })
})
