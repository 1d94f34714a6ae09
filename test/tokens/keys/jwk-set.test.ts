import t from 'tap'
import { JwkSetError, maxJwkSetBytes, parseJwkSet, printKid, readJwkSet } from '../../../src/tokens/keys/jwk-set.ts'
import { keySetBytes, makePublishedKey } from '../../helpers/key-sets.ts'

const good = makePublishedKey('good')
const other = makePublishedKey('other')
const weak = makePublishedKey('weak', 1024)

/** The public key of cognito-local, whose npm package holds the private key as well. */
const leaked = {
  kty: 'RSA',
  e: 'AQAB',
  use: 'sig',
  kid: 'CognitoLocal',
  alg: 'RS256',
  n: '2uLO7yh1_6Icfd89V3nNTc_qhfpDN7vEmOYlmJQlc9_RmOns26lg88fXXFntZESwHOm7_homO2Ih6NOtu4P5eskGs8d8VQMOQfF4YrP-pawVz-gh1S7eSvzZRDHBT4ItUuoiVP1B9HN_uScKxIqjmitpPqEQB_o2NJv8npCfqUAU-4KmxquGtjdmfctswSZGdz59M3CAYKDfuvLH9_vV6TRGgbUaUAXWC2WJrbbEXzK3XUDBrmF3Xo-yw8f3SgD3JOPl3HaaWMKL1zGVAsge7gQaGiJBzBurg5vwN61uDGGz0QZC1JqcUTl3cZnrx_L8isIR7074SJEuljIZRnCcjQ',
}

/** An odd number with that many bits. */
function integer(bits: number): string {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff)
  bytes[0] = 0xff >> (bytes.length * 8 - bits)
  return bytes.toString('base64url')
}

t.test('keeps the public members only, in a frozen key that says RS256 and sig', async (t) => {
  const { kid, kty, n, e } = good
  const { keys, rejected } = parseJwkSet(
    keySetBytes({ kid, kty, n, e, d: 'private', x5c: ['chain'], jku: 'https://x' }),
  )
  t.strictSame(keys, [{ kty: 'RSA', kid: 'good', use: 'sig', alg: 'RS256', n, e }])
  t.ok(Object.isFrozen(keys[0]))
  t.strictSame(rejected, [])
})

t.test('spells the same material in the same way', async (t) => {
  const padded = Buffer.concat([Buffer.alloc(2), Buffer.from(good.n, 'base64url')]).toString('base64url')
  const { keys } = parseJwkSet(keySetBytes({ ...good, n: padded, e: 'AAEAAQ' }))
  t.equal(keys[0]?.n, good.n)
  t.equal(keys[0]?.e, 'AQAB')
})

const acceptedVariants = {
  'use is absent': { use: undefined },
  'alg is absent': { alg: undefined },
  'key_ops includes verify': { key_ops: ['sign', 'verify'] },
  'kid has 256 characters': { kid: 'k'.repeat(256) },
  'modulus has 8192 bits': { n: integer(8192) },
  'exponent is 3': { e: 'Aw' },
  'exponent has 64 bits': { e: integer(64) },
}

for (const [name, change] of Object.entries(acceptedVariants)) {
  t.test(`accepts a key whose ${name}`, async (t) => {
    t.equal(parseJwkSet(keySetBytes({ ...good, ...change })).keys.length, 1)
  })
}

const refusedVariants = {
  'kty is EC': [{ kty: 'EC' }, 'kty is not RSA'],
  'kty is absent': [{ kty: undefined }, 'kty is not RSA'],
  'use is enc': [{ use: 'enc' }, 'use is not sig'],
  'use is null': [{ use: null }, 'use is not sig'],
  'alg is RS512': [{ alg: 'RS512' }, 'alg is not RS256'],
  'alg is RSA-OAEP': [{ alg: 'RSA-OAEP' }, 'alg is not RS256'],
  'key_ops is encrypt': [{ key_ops: ['encrypt'] }, 'key_ops lacks verify'],
  'key_ops is text': [{ key_ops: 'verify' }, 'key_ops lacks verify'],
  'kid is absent': [{ kid: undefined }, 'kid is not text of 1 to 256 characters'],
  'kid is empty': [{ kid: '' }, 'kid is not text of 1 to 256 characters'],
  'kid is a number': [{ kid: 7 }, 'kid is not text of 1 to 256 characters'],
  'kid has 257 characters': [{ kid: 'k'.repeat(257) }, 'kid is not text of 1 to 256 characters'],
  'n is absent': [{ n: undefined }, 'n and e are not base64url'],
  'n is base64': [{ n: `${good.n}+/==` }, 'n and e are not base64url'],
  'e is empty': [{ e: '' }, 'n and e are not base64url'],
  'modulus is zero': [{ n: 'AAAA' }, 'modulus is not an odd number of 2048 to 8192 bits'],
  'modulus has 1024 bits': [{ n: weak.n }, 'modulus is not an odd number of 2048 to 8192 bits'],
  'modulus has 2047 bits': [{ n: integer(2047) }, 'modulus is not an odd number of 2048 to 8192 bits'],
  'modulus has 2047 bits behind zeros': [
    { n: Buffer.concat([Buffer.alloc(9), Buffer.from(integer(2047), 'base64url')]).toString('base64url') },
    'modulus is not an odd number of 2048 to 8192 bits',
  ],
  'modulus has 8193 bits': [{ n: integer(8193) }, 'modulus is not an odd number of 2048 to 8192 bits'],
  'modulus is even': [
    { n: Buffer.alloc(256, 0xfe).toString('base64url') },
    'modulus is not an odd number of 2048 to 8192 bits',
  ],
  'exponent is 1': [{ e: 'AQ' }, 'exponent is not an odd number of at least 3'],
  'exponent is 0': [{ e: 'AA' }, 'exponent is not an odd number of at least 3'],
  'exponent is even': [{ e: 'BA' }, 'exponent is not an odd number of at least 3'],
  'exponent has 65 bits': [{ e: integer(65) }, 'exponent is not an odd number of at least 3'],
} as const

for (const [name, [change, reason]] of Object.entries(refusedVariants)) {
  t.test(`drops a key whose ${name} and keeps the good one`, async (t) => {
    const { keys, rejected } = parseJwkSet(keySetBytes({ ...good, kid: 'bad', ...change }, other))
    t.strictSame(
      keys.map(({ kid }) => kid),
      ['other'],
    )
    t.equal(rejected.length, 1)
    t.match(rejected[0], `: ${reason}`)
  })
}

t.test('drops entries that are not objects', async (t) => {
  const { keys, rejected } = parseJwkSet(keySetBytes(null, 'text', [good], good))
  t.equal(keys.length, 1)
  t.strictSame(rejected, Array(3).fill('key without kid: kty is not RSA'))
})

t.test('takes the first of two keys with one kid and tells of the second', async (t) => {
  const { keys, rejected } = parseJwkSet(keySetBytes(good, { ...other, kid: 'good' }))
  t.strictSame(
    keys.map(({ n }) => n),
    [good.n],
  )
  t.strictSame(rejected, ['key "good": its kid is taken by an earlier key'])
})

t.test('counts a key that is listed twice as one', async (t) => {
  t.strictSame(parseJwkSet(keySetBytes(good, good)), parseJwkSet(keySetBytes(good)))
})

t.test('refuses the key whose private half cognito-local ships, whatever its kid', async (t) => {
  const { keys, rejected } = parseJwkSet(keySetBytes({ ...leaked, kid: 'innocent' }, good))
  t.strictSame(
    keys.map(({ kid }) => kid),
    ['good'],
  )
  t.strictSame(rejected, ['key "innocent": its private key is public'])
})

t.test('accepts that key where local emulators are allowed', async (t) => {
  t.equal(parseJwkSet(keySetBytes(leaked), { allowLeakedKeys: true }).keys[0]?.kid, 'CognitoLocal')
})

const unusableSets = {
  HTML: ['<html>Sign in</html>', 'the key set is not JSON'],
  'truncated JSON': [Buffer.from(keySetBytes(good)).toString().slice(0, -9), 'the key set is not JSON'],
  'invalid UTF-8': [Buffer.from([0x22, 0xff, 0x22]), 'the key set is not JSON'],
  nothing: ['', 'the key set is not JSON'],
  null: ['null', 'the key set has no "keys" list'],
  'a list': ['[]', 'the key set has no "keys" list'],
  'an object without keys': ['{}', 'the key set has no "keys" list'],
  'an object whose keys are an object': ['{"keys":{}}', 'the key set has no "keys" list'],
  'an empty set': ['{"keys":[]}', 'the key set has no usable key'],
  'bad keys only': [
    keySetBytes(weak, {}),
    /^the key set has no usable key; key "weak": modulus .*; key without kid: kty/,
  ],
  '101 keys': [keySetBytes(...Array(101).fill(good)), 'the key set has more than 100 keys'],
  'more bytes than the limit': [Buffer.alloc(maxJwkSetBytes + 1, 0x20), 'the key set is larger than 153600 bytes'],
} as const

for (const [name, [bytes, message]] of Object.entries(unusableSets)) {
  t.test(`refuses ${name} as a whole`, async (t) => {
    const parse = () => parseJwkSet(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
    t.throws(parse, { name: 'JwkSetError', message })
    t.throws(parse, JwkSetError)
  })
}

t.test('reads 100 keys', async (t) => {
  const keys = Array.from({ length: 100 }, (_, index) => ({ ...good, kid: `kid-${index}` }))
  t.equal(readJwkSet({ keys }).keys.length, 100)
})

t.test('prints a kid escaped and cut', async (t) => {
  t.equal(printKid('a\n"b'), '"a\\n\\"b"')
  t.equal(printKid('k'.repeat(100)), `"${'k'.repeat(64)}"`)
  t.equal(printKid(undefined), 'without kid')
})
