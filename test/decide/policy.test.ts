import t from 'tap'
import { authorize, compilePolicy, goodUntil, requiredScope } from '../../src/decide/policy.ts'
import type { Claims } from '../../src/tokens/claims.ts'
import { createCaller } from '../helpers/caller.ts'
import { poolId } from '../helpers/jwks-rig.ts'

const noStepUp = { acr: undefined, maxAuthAgeMs: undefined, further: undefined }

t.test('demands nothing where nothing is configured', async (t) => {
  const nothing = {
    userPools: undefined,
    clientIds: undefined,
    scopes: [],
    anyScope: [],
    groups: undefined,
    ...noStepUp,
  }
  t.strictSame(compilePolicy({}), nothing)
})

t.test('compiles clients and groups to sets and keeps the order of scopes', async (t) => {
  const policy = compilePolicy({ clientIds: ['c', 'c'], groups: ['g', 'h'], scopes: ['b', 'a'], anyScope: ['z'] })
  t.strictSame(policy, {
    userPools: undefined,
    ...noStepUp,
    clientIds: new Set(['c']),
    groups: new Set(['g', 'h']),
    scopes: ['b', 'a'],
    anyScope: ['z'],
  })
})

t.test('names the scopes a caller should ask for', async (t) => {
  t.equal(requiredScope(compilePolicy({ scopes: ['api/read', 'api/write'] })), 'api/read api/write')
  t.equal(requiredScope(compilePolicy({ anyScope: ['a', 'b'] })), 'a b')
  t.equal(requiredScope(compilePolicy({ scopes: ['a'], anyScope: ['b', 'c'] })), 'a', 'the ones that are always needed')
  t.equal(requiredScope(compilePolicy({})), '')
})

const now = 1_900_000_000_000

type Demands = Parameters<typeof compilePolicy>[0]

function verdict(demands: Demands, claims: Partial<Claims> = {}) {
  return authorize(createCaller(claims), compilePolicy(demands), { now, path: '/' })
}

t.test('allows any verified caller where nothing is demanded', async (t) => {
  t.equal(verdict({}), undefined)
})

t.test('demands all of scopes', async (t) => {
  const demands = { scopes: ['a', 'b'] }
  t.equal(verdict(demands, { scope: 'b c a' }), undefined)
  t.equal(verdict(demands, { scope: '  b  a ' }), undefined, 'blanks are not scopes')
  t.equal(verdict(demands, { scope: 'a' }), 'insufficient_scope')
  t.equal(verdict(demands, { scope: 'ab' }), 'insufficient_scope', 'whole scopes only')
  t.equal(verdict(demands, { scope: 'A B' }), 'insufficient_scope', 'scopes are case-sensitive')
  t.equal(verdict(demands), 'insufficient_scope')
})

t.test('demands one of anyScope, and all of scopes besides', async (t) => {
  t.equal(verdict({ anyScope: ['a', 'b'] }, { scope: 'b' }), undefined)
  t.equal(verdict({ anyScope: ['a', 'b'] }, { scope: 'c' }), 'insufficient_scope')
  t.equal(verdict({ anyScope: ['a', 'b'] }), 'insufficient_scope')
  t.equal(verdict({ scopes: ['x'], anyScope: ['a', 'b'] }, { scope: 'x a' }), undefined)
  t.equal(verdict({ scopes: ['x'], anyScope: ['a', 'b'] }, { scope: 'a' }), 'insufficient_scope')
  t.equal(verdict({ scopes: ['x'], anyScope: ['a', 'b'] }, { scope: 'x' }), 'insufficient_scope')
})

t.test('demands one of groups', async (t) => {
  const demands = { groups: ['admin', 'ops'] }
  t.equal(verdict(demands, { 'cognito:groups': ['users', 'ops'] }), undefined)
  t.equal(verdict(demands, { 'cognito:groups': ['users', 'Admin', 'admin '] }), 'insufficient_group')
  t.equal(verdict(demands, { 'cognito:groups': [] }), 'insufficient_group')
  t.equal(verdict(demands), 'insufficient_group')
  t.equal(verdict({ groups: [] }, { 'cognito:groups': ['admin'] }), 'insufficient_group', 'an empty list is nobody')
})

t.test('demands one of clientIds', async (t) => {
  t.equal(verdict({ clientIds: ['c1', 'c2'] }, { client_id: 'c2' }), undefined)
  t.equal(verdict({ clientIds: ['c1'] }, { client_id: 'c2' }), 'client_not_allowed_here')
  t.equal(verdict({ clientIds: ['c1'] }), 'client_not_allowed_here')
  t.equal(verdict({ clientIds: ['c1'] }, { token_use: 'id', aud: 'c1' }), undefined, 'the audience of an ID token')
  t.equal(verdict({ clientIds: ['c1'] }, { aud: 'c1' }), 'client_not_allowed_here', 'not that of an access token')
})

t.test('demands one of userPools, so that the admins of another pool are none (FLD-30)', async (t) => {
  t.equal(verdict({ userPools: [poolId] }), undefined)
  t.equal(verdict({ userPools: ['eu-west-1_OTHER', poolId] }), undefined)
  const elsewhere = { userPools: ['eu-west-1_OTHER'], groups: ['admin'] }
  t.equal(verdict(elsewhere, { 'cognito:groups': ['admin'] }), 'user_pool_not_allowed_here')
})

t.test('names the first demand that is not met: pool, client, scope, group', async (t) => {
  const demands = { userPools: [poolId], clientIds: ['c1'], scopes: ['a'], groups: ['g'] }
  t.equal(verdict({ ...demands, userPools: ['eu-west-1_OTHER'] }, {}), 'user_pool_not_allowed_here')
  t.equal(verdict(demands, {}), 'client_not_allowed_here')
  t.equal(verdict(demands, { client_id: 'c1' }), 'insufficient_scope')
  t.equal(verdict(demands, { client_id: 'c1', scope: 'a' }), 'insufficient_group')
  t.equal(verdict(demands, { client_id: 'c1', scope: 'a', 'cognito:groups': ['g'] }), undefined)
})

t.test('demands one of the levels, and a sign-in that is young enough', async (t) => {
  const refused = 'reauthentication_required'
  t.equal(verdict({ acr: ['a', 'b'] }, { acr: 'b' }), undefined)
  t.equal(verdict({ acr: ['a', 'b'] }, { acr: 'c' }), refused)
  t.equal(verdict({ acr: ['a'] }), refused, 'a token that does not say')
  t.equal(verdict({ acr: ['a'] }, { acr: ['a'] }), refused, 'a claim of another type')
  const at = (seconds: number) => verdict({ maxAuthAgeMs: 300_000 }, { auth_time: now / 1000 - seconds })
  t.equal(at(300), undefined)
  t.equal(at(301), refused)
  t.equal(verdict({ maxAuthAgeMs: 300_000 }), refused, 'a token that does not say')
})

t.test('a caller meets a rule until its token ends, or its sign-in is too old', async (t) => {
  const caller = { expiresAtMs: now + 3_600_000, signedInAtMs: now - 60_000 }
  t.equal(goodUntil(caller, undefined), caller.expiresAtMs)
  t.equal(goodUntil(caller, compilePolicy({})), caller.expiresAtMs)
  t.equal(goodUntil(caller, compilePolicy({ maxAuthAgeMs: 300_000 })), now + 240_000)
  t.equal(goodUntil(caller, compilePolicy({ maxAuthAgeMs: 90_000_000 })), caller.expiresAtMs)
  t.equal(goodUntil({ ...caller, signedInAtMs: undefined }, compilePolicy({ maxAuthAgeMs: 1 })), caller.expiresAtMs)
})
