import * as errors from 'aws-jwt-verify/error'
import t from 'tap'
import type { UserPoolConfig } from '../../src/config/config.ts'
import { compileClaimRules, compileClientNames, refuseClaims } from '../../src/tokens/claim-rules.ts'
import type { Claims } from '../../src/tokens/claims.ts'
import { createClaims } from '../helpers/caller.ts'
import { rule } from '../helpers/rules.ts'
import { createConfig, testPool } from '../helpers/runtime.ts'

const access = (claims: Partial<Claims> = {}) => createClaims({ token_use: 'access', client_id: 'client1', ...claims })
const id = (claims: Partial<Claims> = {}) => createClaims({ token_use: 'id', aud: 'client1', ...claims })

function refuse(claims: Claims, pool: Partial<UserPoolConfig> = {}) {
  return refuseClaims(claims, compileClaimRules({ ...testPool, ...pool }))
}

t.test('accepts the access token of a listed client', async (t) => {
  t.equal(refuse(access()), undefined)
})

t.test('refuses a token of the wrong use', async (t) => {
  t.equal(refuse(id()), 'token_use_not_allowed')
  t.equal(refuse(id(), { tokenUse: ['id'] }), undefined)
  t.equal(refuse(access(), { tokenUse: ['id'] }), 'token_use_not_allowed')
  t.equal(refuse(id(), { tokenUse: ['access', 'id'] }), undefined)
  t.equal(refuse(access(), { tokenUse: ['access', 'id'] }), undefined)
  t.equal(refuse(id(), { tokenUse: ['access', 'access'] }), 'token_use_not_allowed', 'one use, said twice')
  t.equal(refuse(access(), { tokenUse: ['id', 'id'] }), 'token_use_not_allowed', 'one use, said twice')
  t.equal(refuse(access({ token_use: 'refresh' }), { tokenUse: ['access', 'id'] }), 'token_use_not_allowed')
})

t.test('refuses a token of another app client', async (t) => {
  const pool = { tokenUse: ['access', 'id'], clientIds: ['client1', 'client2'] } as const
  for (const client of ['client1', 'client2']) {
    t.equal(refuse(access({ client_id: client }), pool), undefined, client)
    t.equal(refuse(id({ aud: client }), pool), undefined, client)
  }
  t.equal(refuse(access({ client_id: 'client3' }), pool), 'client_not_allowed')
  t.equal(refuse(createClaims(), pool), 'client_not_allowed', 'no client at all')
  t.equal(refuse(access({ client_id: 'client3', aud: 'client1' }), pool), 'client_not_allowed')
  t.equal(refuse(id({ aud: 'client3' }), pool), 'client_not_allowed')
  t.equal(refuse(id({ aud: ['client1'] }), pool), 'client_not_allowed', 'a list is no client')
  t.equal(refuse(id({ aud: 'client3', client_id: 'client1' }), pool), 'client_not_allowed')
})

t.test('accepts any app client only where that is configured', async (t) => {
  t.equal(refuse(access({ client_id: 'anyone' }), { clientIds: [], insecureAnyClient: true }), undefined)
  t.equal(refuse(access({ client_id: 'anyone' }), { clientIds: [] }), 'client_not_allowed')
})

t.test('refuses an access token that is bound to another resource', async (t) => {
  const aud = 'https://api.example'
  t.equal(refuse(access({ aud })), 'audience_not_allowed')
  const pool = { audience: [aud], tokenUse: ['access', 'id'] } as const
  t.equal(refuse(access({ aud }), pool), undefined)
  t.equal(refuse(access({ aud: ['https://other.example', aud] }), pool), undefined)
  t.equal(refuse(access({ aud: `${aud}/` }), pool), 'audience_not_allowed')
  t.equal(refuse(access({ aud: [] }), pool), 'audience_not_allowed')
  t.equal(refuse(access(), pool), undefined, 'one without audience is not bound')
  t.equal(refuse(id(), pool), undefined, 'the audience of an ID token is its client')
})

t.test('accepts an access token that is bound to nothing but its own app client (FLD-04)', async (t) => {
  const pool = { audience: ['https://api.example'] }
  for (const aud of ['client1', ['client1'], ['client1', 'client1']]) {
    t.equal(refuse(access({ aud })), undefined, 'as a pre-token-generation trigger may set it')
    t.equal(refuse(access({ aud }), pool), undefined)
  }
  const others = ['client2', '', 'Client1', ['client2'], ['client1', 'https://other.example'], ['client1', ''], []]
  for (const aud of others) t.equal(refuse(access({ aud }), pool), 'audience_not_allowed', JSON.stringify(aud))
  t.equal(refuse(access({ aud: ['client1', 'https://api.example'] }), pool), undefined, 'a resource of ours is named')
  const anyClient = { clientIds: [], insecureAnyClient: true }
  t.equal(refuse(access({ client_id: '', aud: '' }), anyClient), 'audience_not_allowed', 'no client at all')
})

t.test('knows the two errors of the library by which it tells what it refuses', async (t) => {
  const refusals = Object.keys(errors).filter((name) => name.startsWith('CognitoJwtInvalid'))
  t.strictSame(refusals.sort(), [
    'CognitoJwtInvalidClientIdError',
    'CognitoJwtInvalidGroupError',
    'CognitoJwtInvalidTokenUseError',
  ])
})

t.test('refuses claims that the library cannot read instead of throwing', async (t) => {
  const hostile = new Proxy(access(), {
    get: () => {
      throw new RangeError('Invalid time value')
    },
  })
  t.equal(refuse(hostile), 'token_malformed')
})

t.test('an app client is named as it is where the configuration names it: a pool, a rule or the sign-in', async (t) => {
  const config = createConfig({ routes: [{ ...rule('/a'), clientIds: ['client2'] }, rule('/b')] })
  const nameClient = compileClientNames({ ...config, login: { ...config.login, clientId: 'client3' } })
  const asked = ['client1', 'client2', 'client3', 'client4', '', '__proto__', undefined]
  t.same(asked.map(nameClient), ['client1', 'client2', 'client3', ...asked.slice(3).map(() => 'other')])
  t.equal(compileClientNames(config)('client3'), 'other')
})
