import t from 'tap'
import { compilePolicy, requiredScope } from '../../src/policy/policy.ts'

t.test('demands nothing where nothing is configured', async (t) => {
  t.strictSame(compilePolicy({}), { clientIds: undefined, scopes: [], anyScope: [], groups: undefined })
})

t.test('compiles clients and groups to sets and keeps the order of scopes', async (t) => {
  const policy = compilePolicy({ clientIds: ['c', 'c'], groups: ['g', 'h'], scopes: ['b', 'a'], anyScope: ['z'] })
  t.strictSame(policy, {
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
