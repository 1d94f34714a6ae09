import t from 'tap'
import { clientId, groups, readClaims, scopes } from '../../src/tokens/claims.ts'

const least = { sub: 's', iss: 'i', token_use: 'access', exp: 1 }

t.test('reads the claims of a token', async (t) => {
  const payload = { ...least, 'cognito:groups': ['a'], extra: { list: [{ deep: 1 }], none: null } }
  t.strictSame(readClaims(payload), payload)
})

function nested(levels: number): unknown {
  return JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
}

t.test('refuses claims that nest deeper than any that Cognito makes', async (t) => {
  t.ok(readClaims({ ...least, extra: nested(31) }))
  t.equal(readClaims({ ...least, extra: nested(32) }), undefined)
  t.equal(readClaims({ ...least, extra: nested(300_000) }), undefined, 'at once')
})

t.test('refuses a token without the claims every token has', async (t) => {
  for (const name of Object.keys(least)) t.equal(readClaims({ ...least, [name]: undefined }), undefined, name)
  t.equal(readClaims({}), undefined)
  t.equal(readClaims({ ...least, sub: '' }), undefined, 'an empty subject is none')
})

t.test('refuses claims of another type than Cognito gives them', async (t) => {
  const wrong = {
    sub: [1, null, ['s'], {}, true],
    iss: [1, null, ['i']],
    token_use: [1, null, ['access']],
    exp: ['1', null, true, [1], {}, Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300, 253_402_300_800],
    nbf: ['1', null, true, 1e300],
    iat: ['1', null, [], 1e300],
    client_id: [1, null, ['c'], {}],
    aud: [1, null, {}, [1], ['a', null]],
    scope: [1, null, ['a'], {}],
    username: [1, null, [], {}],
    'cognito:username': [1, null, []],
    'cognito:groups': ['admin', 1, null, {}, [1], ['a', null], [['admin']]],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values)
      t.equal(readClaims({ ...least, [name]: value }), undefined, `${name} ${JSON.stringify(value)}`)
  }
})

t.test('accepts every type Cognito gives them', async (t) => {
  const good = {
    exp: [0, -1, 1.5, 253_402_300_799],
    nbf: [1, undefined],
    aud: ['a', ['a', 'b'], []],
    scope: [''],
    'cognito:groups': [[], ['a']],
    other: [null, 1, 'x', [1, null], { a: true }],
  }
  for (const [name, values] of Object.entries(good)) {
    for (const value of values) t.ok(readClaims({ ...least, [name]: value }), `${name} ${JSON.stringify(value)}`)
  }
})

t.test('reads no claim from the prototype', async (t) => {
  t.equal(readClaims(JSON.parse('{"__proto__":{"sub":"s","iss":"i","token_use":"access","exp":1}}')), undefined)
})

t.test('names scopes and groups', async (t) => {
  const claims = { ...least, scope: ' a  b ', 'cognito:groups': ['g'] }
  t.strictSame(scopes(claims), ['a', 'b'])
  t.strictSame(groups(claims), ['g'])
  t.strictSame(scopes(least), [])
  t.strictSame(groups(least), [])
})

t.test('names the app client by the claim of the kind of token', async (t) => {
  t.equal(clientId({ ...least, client_id: 'c1', aud: 'https://resource.example' }), 'c1')
  t.equal(clientId({ ...least, aud: 'c1' }), '', 'the audience of an access token is a resource')
  t.equal(clientId({ ...least, token_use: 'id', aud: 'c1' }), 'c1')
  t.equal(
    clientId({ ...least, token_use: 'id', aud: 'c1', client_id: 'c2' }),
    'c1',
    'a claim of that name proves nothing',
  )
  t.equal(clientId({ ...least, token_use: 'id', aud: ['c1'] }), '')
  t.equal(clientId({ ...least, token_use: 'id' }), '')
})
