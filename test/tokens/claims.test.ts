import fc from 'fast-check'
import t from 'tap'
import { encodeClaim } from '../../src/headers/encode.ts'
import { clientId, groups, readClaims, scopes, withDigits } from '../../src/tokens/claims.ts'
import { createClaims } from '../helpers/caller.ts'

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

const numbers = ['1147953659032899585', '9007199254740993', '-9007199254740993', '1.10', '1.0', '1e400', '1E+2', '-0']
const plainNumbers = ['0', '5', '-7', '1.5', '1700000000']

/** What a header says of the claim `x` of a payload. */
function written(payload: string, format: 'csv' | 'json' = 'csv'): string | undefined {
  return encodeClaim(withDigits(payload, JSON.parse(payload))['x'], { format, encoding: 'percent' })
}

t.test('keeps the digits of every number as the token has them: alone, in lists, in objects (FLD-03)', async (t) => {
  for (const number of [...numbers, ...plainNumbers]) {
    t.equal(written(`{"x":${number}}`), number)
    t.equal(written(`{"y":1,"x" : ${number} }`), number)
    t.equal(written(`{"x":["a",${number}, ${number}]}`), `a,${number},${number}`)
    t.equal(written(`{"x":["a",${number}]}`, 'json'), `["a",${number}]`)
    t.equal(written(`{"x":{"a":[{"b":${number}}]}}`, 'json'), `{"a":[{"b":${number}}]}`)
  }
})

t.test('tells two tenants apart whose numbers are neighbours (FLD-03)', async (t) => {
  const digits = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })
  const isKept = fc.property(digits, (number) => written(`{"exp":1,"x":${number}}`) === String(number))
  t.doesNotThrow(() => fc.assert(isKept, { seed: 20_261_129, numRuns: 1000 }))
})

t.test('leaves claims alone that lose nothing, and an object that only looks like kept digits', async (t) => {
  const claims = { ...createClaims(), n: 5, name: 'a 1147953659032899585', x: { rawJSON: '7' } }
  t.same(withDigits(JSON.stringify(claims), claims), claims)
  const plain = createClaims()
  t.equal(withDigits(JSON.stringify(plain), plain), plain, 'and makes nothing of them')
  t.equal(written('{"x":{"rawJSON":"7"}, "y":1.0}'), '{"rawJSON":"7"}')
})
