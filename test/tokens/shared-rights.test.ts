import t from 'tap'
import { SharedRights } from '../../src/tokens/shared-rights.ts'
import { createClaims } from '../helpers/caller.ts'

const some = { client_id: 'c1', scope: 'api/read api/write', 'cognito:groups': ['staff'] }

t.test('tokens that say the same share one frozen object', async (t) => {
  const rights = new SharedRights()
  const first = rights.of(createClaims({ ...some, sub: 'alice' }))
  t.same(first, { clientId: 'c1', scopes: ['api/read', 'api/write'], groups: ['staff'] })
  t.equal(rights.of(createClaims({ ...some, sub: 'bob' })), first)
  for (const part of [first, first.scopes, first.groups]) t.ok(Object.isFrozen(part))
})

t.test('tokens that differ in anything, or only seem to say the same, share nothing', async (t) => {
  const rights = new SharedRights()
  const claims = [
    some,
    { ...some, client_id: 'c2' },
    { ...some, token_use: 'id', aud: 'c3' },
    { ...some, scope: 'api/read' },
    { ...some, scope: 'api/read  api/write' },
    { ...some, 'cognito:groups': ['staff', 'admin'] },
    { ...some, 'cognito:groups': ['admin', 'staff'] },
    { ...some, 'cognito:groups': ['staff,admin'] },
    { ...some, 'cognito:groups': ['staff","admin'] },
    { ...some, 'cognito:groups': [] },
    { client_id: '', scope: '' },
    { client_id: '' },
  ].map((changes) => createClaims(changes))
  const own = claims.map((one) => rights.of(one))
  t.equal(new Set(own).size, claims.length)
  for (const [index, one] of claims.entries()) t.same(new SharedRights().of(one), own[index], `as alone: ${index}`)
})

t.test('remembers neither endlessly many nor endlessly long ones', async (t) => {
  const rights = new SharedRights()
  const first = rights.of(createClaims(some))
  for (let n = 0; n < 100; n++) rights.of(createClaims({ ...some, scope: `api/${n}` }))
  t.not(rights.of(createClaims(some)), first, 'forgotten when a hundred others came')
  const long = createClaims({ ...some, scope: 'x'.repeat(600) })
  t.not(rights.of(long), rights.of(long))
  t.same(rights.of(long), rights.of(long))
})
