import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { encodeClaim } from '../../src/headers/encode.ts'
import { compileIdentity, identityPairs } from '../../src/headers/identity.ts'
import { readLines } from '../../src/headers/lines.ts'
import { canonicalName } from '../../src/headers/names.ts'
import { presets } from '../../src/headers/presets.ts'
import type { Claims } from '../../src/tokens/claims.ts'
import { createCaller, createClaims } from '../helpers/caller.ts'

const defaults = { preset: 'default', stripPrefixes: [], passToken: true, unverifiedEmail: 'drop' } as const
const user = createClaims({ username: 'alice', 'cognito:groups': ['admin', 'ops'], client_id: 'c1', scope: 'openid' })

/** Name, value, name, value … */
const flat = (lines: string) => readLines(lines).flat()

t.test('sets the default headers of a user', async (t) => {
  t.strictSame(flat(compileIdentity(defaults).linesFor('h.p.s', user)), [
    ...['X-Forwarded-User', 'alice'],
    ...['X-Forwarded-Groups', 'admin,ops'],
    ...['X-Cognito-Sub', 'sub-1'],
    ...['X-Cognito-Client-Id', 'c1'],
    ...['X-Cognito-Scope', 'openid'],
    ...['X-Cognito-Token-Use', 'access'],
  ])
})

t.test('names a machine by its subject and an ID token by its own claims', async (t) => {
  const { linesFor } = compileIdentity(defaults)
  t.match(flat(linesFor('h.p.s', createClaims())), ['X-Forwarded-User', 'sub-1'])
  t.match(flat(linesFor('h.p.s', createClaims({ 'cognito:username': 'bob' }))), ['X-Forwarded-User', 'bob'])
  const idToken = createClaims({ token_use: 'id', aud: 'c9', email: 'b@example.com', email_verified: true })
  t.strictSame(flat(linesFor('h.p.s', idToken)).slice(2), [
    ...['X-Forwarded-Email', 'b@example.com'],
    ...['X-Cognito-Sub', 'sub-1'],
    ...['X-Cognito-Client-Id', 'c9'],
    ...['X-Cognito-Token-Use', 'id'],
  ])
})

t.test('tells the user pool in the default preset where there are several (FLD-30)', async (t) => {
  const poolOf = (preset: keyof typeof presets, hasSeveralPools: boolean) => {
    const lines = compileIdentity({ ...defaults, preset }, { hasSeveralPools }).linesFor(
      'h.p.s',
      user,
      'eu-west-1_STAFF',
    )
    return new Map(readLines(lines)).get('X-Cognito-User-Pool-Id')
  }
  t.equal(poolOf('default', true), 'eu-west-1_STAFF')
  t.equal(poolOf('default', false), undefined)
  t.equal(poolOf('grafana', true), undefined)
})

t.test('knows which tables make the users of two pools one (FLD-30)', async (t) => {
  const merges = (changes: Partial<Parameters<typeof compileIdentity>[0]>) =>
    compileIdentity({ ...defaults, ...changes }, { hasSeveralPools: true }).mergesPools
  const merging = (Object.keys(presets) as (keyof typeof presets)[]).filter((preset) => merges({ preset }))
  t.same(merging, ['grafana', 'jenkins', 'opensearch', 'remote-user'])
  const set = (claim: string) => [{ name: 'X-Who', claim, format: 'csv', encoding: 'percent' }] as const
  t.equal(merges({ set: set('username') }), true)
  t.equal(merges({ set: set('sub') }), false)
  t.equal(merges({ set: set('iss') }), false)
  t.equal(merges({ set: set('scope') }), false, 'no user is named at all')
  t.equal(merges({ preset: 'grafana', set: [] }), false)
  t.equal(
    compileIdentity({ ...defaults, preset: 'grafana' }).mergesPools,
    false,
    'with one pool there is nothing to merge',
  )
})

t.test('sends an e-mail address only when it is verified, whatever header it is for (FLD-10)', async (t) => {
  const email = 'b@example.com'
  const set = [{ name: 'X-Who', claim: 'email', format: 'csv', encoding: 'percent' }] as const
  const sends = (claims: Partial<Claims>, changes: Partial<Parameters<typeof compileIdentity>[0]> = {}) =>
    compileIdentity({ ...defaults, ...changes })
      .linesFor('h.p.s', createClaims({ email, ...claims }))
      .includes(email)
  for (const email_verified of [false, 'false', 'False', '', 'yes', 0, 1, null, undefined, ['true'], { true: true }]) {
    for (const token_use of ['id', 'access']) {
      const claims = { token_use, ...(email_verified === undefined ? {} : { email_verified }) }
      for (const preset of ['default', 'grafana', 'jenkins', 'remote-user'] as const) {
        t.equal(sends(claims, { preset }), false, `${preset} ${JSON.stringify(claims)}`)
        t.equal(sends(claims, { preset, unverifiedEmail: 'send' }), true, `${preset} ${JSON.stringify(claims)}`)
      }
      t.equal(sends(claims, { set }), false, JSON.stringify(claims))
    }
  }
  for (const email_verified of [true, 'true']) t.equal(sends({ email_verified }), true, JSON.stringify(email_verified))
})

t.test('names the user by the first claim that has text (FLD-23)', async (t) => {
  const userOf = (claims: Partial<Claims>) =>
    new Map(readLines(compileIdentity(defaults).linesFor('h.p.s', createClaims(claims)))).get('X-Forwarded-User')
  t.equal(userOf({ username: '' }), 'sub-1')
  t.equal(userOf({ username: '', 'cognito:username': 'bob' }), 'bob')
  t.equal(userOf({ username: '', 'cognito:username': '' }), 'sub-1')
  t.equal(userOf({ username: 'alice', 'cognito:username': 'bob' }), 'alice')
})

t.test('sends the token itself where the preset says so', async (t) => {
  const withoutToken = compileIdentity({ ...defaults, preset: 'alb', passToken: false })
  t.notMatch(
    withoutToken.linesFor('h.p.s', createClaims()),
    /accesstoken|h\.p\.s/i,
    'nor there when tokens are not passed',
  )
  t.ok(withoutToken.owns('x-amzn-oidc-accesstoken'), 'which no caller may set instead')
  const { linesFor } = compileIdentity({ ...defaults, preset: 'alb' })
  t.strictSame(flat(linesFor('h.p.s', user)), ['X-Amzn-Oidc-Identity', 'sub-1', 'X-Amzn-Oidc-Accesstoken', 'h.p.s'])
})

t.test('sets nothing with the preset none', async (t) => {
  t.strictSame(compileIdentity({ ...defaults, preset: 'none' }).linesFor('h.p.s', user), '')
})

t.test('sets the configured table instead of the preset', async (t) => {
  const set = [
    { name: 'X-User-Groups', claim: 'cognito:groups', format: 'pipe', encoding: 'percent' },
    { name: 'X-Missing', claim: 'email', format: 'csv', encoding: 'percent' },
  ] as const
  const table = compileIdentity({ ...defaults, set })
  t.strictSame(flat(table.linesFor('h.p.s', user)), ['X-User-Groups', 'admin|ops'])
  t.ok(table.owns('x-user-groups') && table.owns('x-missing'), 'a header that is not sent is stripped all the same')
  t.ok(table.owns('x-forwarded-user'), 'and so are those of the presets')
})

t.test('owns every header of every preset, whatever the preset', async (t) => {
  for (const preset of Object.keys(presets) as (keyof typeof presets)[]) {
    const { owns } = compileIdentity({ ...defaults, preset })
    for (const { name } of Object.values(presets).flat()) t.ok(owns(canonicalName(name)), `${name} with ${preset}`)
  }
})

t.test('owns the families that applications trust, and the configured prefixes', async (t) => {
  const { owns } = compileIdentity({ ...defaults, stripPrefixes: ['X_Internal_'] })
  const owned = [
    'x-amzn-oidc-data',
    'x-auth-request-user',
    'x-cognito-anything',
    'x-forwarded-access-token',
    'x-webauth-role',
    'x-internal-admin',
  ]
  for (const name of owned) t.equal(owns(name), true, name)
  for (const name of ['x-internal', 'x-cognito', 'x-forwarded-for', 'authorization', 'x-auth-token']) {
    t.equal(owns(name), false, name)
  }
})

t.test('tells who is calling as names and values, those of the lines', async (t) => {
  const caller = createCaller({ username: 'alice', 'cognito:groups': ['admin', 'ops'], client_id: 'c1' })
  t.strictSame(identityPairs(caller), [
    ['X-Forwarded-User', 'alice'],
    ['X-Forwarded-Groups', 'admin,ops'],
    ['X-Cognito-Sub', 'sub-1'],
    ['X-Cognito-Client-Id', 'c1'],
    ['X-Cognito-Token-Use', 'access'],
  ])
  t.strictSame(identityPairs(createCaller({}, { identityLines: '' })), [])
})

t.test('gives every value back as it was encoded, whatever a claim says', async (t) => {
  const encodings = ['percent', 'utf8', 'base64', 'json', 'qp'] as const
  const set = encodings.map((encoding) => ({ name: `X-${encoding}`, claim: 'name', format: 'csv', encoding }) as const)
  const { linesFor } = compileIdentity({ ...defaults, set })
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(': ', 'a: b\r\nX-Sub: c', '山田: 太郎'))
  const isKept = fc.property(texts, (name) => {
    const pairs = identityPairs({ identityLines: linesFor('h.p.s', createClaims({ name })) })
    const expected = set.map((header) => [header.name, encodeClaim(name, header)])
    return isDeepStrictEqual(pairs, name === '' ? [] : expected)
  })
  t.doesNotThrow(() => fc.assert(isKept))
})

t.test(
  'the names of a caller are those of a token of either kind, and the address as the headers have it',
  async (t) => {
    const namesOf = (claims: object, changes = {}) =>
      compileIdentity({ ...defaults, ...changes }).namesFor(createClaims(claims))
    const iss = createClaims().iss
    t.strictSame(namesOf({ username: 'alice' }), { issuer: iss, username: 'alice', email: undefined })
    t.strictSame(namesOf({ 'cognito:username': 'bob' }), { issuer: iss, username: 'bob', email: undefined })
    t.equal(namesOf({ email: 'a@b.example' }).email, undefined)
    t.equal(namesOf({ email: 'a@b.example', email_verified: true }).email, 'a@b.example')
    t.equal(namesOf({ email: 'a@b.example' }, { unverifiedEmail: 'send' }).email, 'a@b.example')
    t.equal(namesOf({ email: 5, email_verified: true }).email, undefined)
  },
)

t.test('the header of a signed identity is named and owned', async (t) => {
  const { names, owns } = compileIdentity(defaults, { signed: ['X-Who'] })
  t.equal(names.at(-1), 'X-Who')
  t.ok(owns('x-who'))
  t.notOk(compileIdentity(defaults).owns('x-who'))
})
