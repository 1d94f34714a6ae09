/** Key sets that are odd, weak or made for something else, each with a token that the key of the set has signed. */
import { hash, randomBytes } from 'node:crypto'
import { type KeyPair, makeKeyPair } from './build-jwt.ts'
import { makeGuessableKey } from './guessable-key.ts'
import { toBigInt, toBytes } from './integers.ts'
import { padHash } from './padding-forms.ts'
import {
  type BuiltForm,
  encode,
  type FormWorld,
  forgeCubeRoot,
  publish,
  type SignatureForm,
  signRs256,
  writeInput,
} from './signature-forms.ts'

type Members = Readonly<Record<string, unknown>>
type Result = SignatureForm['result']

function token(world: FormWorld, { privateKey }: KeyPair, header: object = {}): string {
  const input = writeInput(world, header)
  return `${input}.${encode(signRs256(input, privateKey))}`
}

function spell(key: Members, member: 'n' | 'e', change: (bytes: Buffer) => Buffer): Members {
  return { ...key, [member]: encode(change(Buffer.from(String(key[member]), 'base64url'))) }
}

/** The one key of the set, changed; the token is good. RFC 7517 section 4, RFC 7518 section 6.3. */
const changedKeys: readonly (readonly [name: string, result: Result, change: (key: Members) => Members])[] = [
  ['as Cognito publishes it', 'valid', (key) => key],
  ['without alg', 'valid', (key) => ({ ...key, alg: undefined })],
  ['without use', 'valid', (key) => ({ ...key, use: undefined })],
  ['with key_ops verify', 'valid', (key) => ({ ...key, key_ops: ['verify'] })],
  ['with unknown members', 'valid', (key) => ({ ...key, x: 'y', 'urn:example': { deep: [1] } })],
  ['with a certificate and a thumbprint', 'valid', (key) => ({ ...key, x5c: ['MII='], x5t: 'AAAA' })],
  [
    'with the modulus spelled with zeros in front',
    'valid',
    (key) => spell(key, 'n', (n) => Buffer.concat([Buffer.alloc(2), n])),
  ],
  ['with the exponent spelled with a zero in front', 'valid', (key) => ({ ...key, e: 'AAEAAQ' })],
  ['use enc', 'invalid', (key) => ({ ...key, use: 'enc' })],
  ['use SIG', 'invalid', (key) => ({ ...key, use: 'SIG' })],
  ['use empty', 'invalid', (key) => ({ ...key, use: '' })],
  ['use a list', 'invalid', (key) => ({ ...key, use: ['sig'] })],
  ['key_ops encrypt', 'invalid', (key) => ({ ...key, key_ops: ['encrypt', 'wrapKey'] })],
  ['key_ops sign', 'invalid', (key) => ({ ...key, key_ops: ['sign'] })],
  ['key_ops empty', 'invalid', (key) => ({ ...key, key_ops: [] })],
  ...['RS384', 'RS512', 'PS256', 'HS256', 'ES256', 'RSA-OAEP', 'none', '', 'rs256', null].map(
    (alg) => [`alg ${JSON.stringify(alg)}`, 'invalid', (key: Members) => ({ ...key, alg })] as const,
  ),
  ...['EC', 'oct', 'OKP', 'rsa', '', null, undefined].map(
    (kty) => [`kty ${JSON.stringify(kty)}`, 'invalid', (key: Members) => ({ ...key, kty })] as const,
  ),
  ...['K', 'k ', ' k', 'k\0', '', 'kk', 1, null, ['k'], undefined].map(
    (kid) => [`kid ${JSON.stringify(kid)}`, 'invalid', (key: Members) => ({ ...key, kid })] as const,
  ),
  ['n missing', 'invalid', (key) => ({ ...key, n: undefined })],
  ['n empty', 'invalid', (key) => ({ ...key, n: '' })],
  ['n a number', 'invalid', (key) => ({ ...key, n: 3 })],
  ['n with padding', 'invalid', (key) => ({ ...key, n: `${key['n']}==` })],
  ['n with a blank', 'invalid', (key) => ({ ...key, n: `${key['n']} ` })],
  ['n in the plain alphabet', 'invalid', (key) => ({ ...key, n: Buffer.alloc(256, 0xff).toString('base64') })],
  ['n in hex', 'invalid', (key) => ({ ...key, n: Buffer.from(String(key['n']), 'base64url').toString('hex') })],
  ['n zero', 'invalid', (key) => ({ ...key, n: 'AA' })],
  ['n even', 'invalid', (key) => spell(key, 'n', (n) => toBytes(toBigInt(n) - 1n, n.length))],
  ['n two more', 'invalid', (key) => spell(key, 'n', (n) => toBytes(toBigInt(n) + 2n, n.length))],
  ['n without its first byte', 'invalid', (key) => spell(key, 'n', (n) => n.subarray(1))],
  ['n without its last byte', 'invalid', (key) => spell(key, 'n', (n) => n.subarray(0, -1))],
  ['n twice', 'invalid', (key) => spell(key, 'n', (n) => Buffer.concat([n, n]))],
  ['n and e exchanged', 'invalid', (key) => ({ ...key, n: key['e'], e: key['n'] })],
  ['e missing', 'invalid', (key) => ({ ...key, e: undefined })],
  ['e empty', 'invalid', (key) => ({ ...key, e: '' })],
  ['e a number', 'invalid', (key) => ({ ...key, e: 65537 })],
  ...Object.entries({ 0: 'AA', 1: 'AQ', 2: 'Ag', 3: 'Aw', 4: 'BA', 65536: 'AQAA', 65539: 'AQAD' }).map(
    ([value, e]) => [`e ${value}`, 'invalid', (key: Members) => ({ ...key, e })] as const,
  ),
  ['e of 65 bits', 'invalid', (key) => ({ ...key, e: encode(Buffer.alloc(9, 0xff)) })],
  ['e of 2048 bits', 'invalid', (key) => ({ ...key, e: key['n'] })],
]

function changed(name: string, result: Result, change: (key: Members) => Members): SignatureForm {
  const build = (world: FormWorld) => ({ jws: token(world, world.pool), keys: [change(publish(world.pool))] })
  return {
    group: 'published key',
    name: `the key: ${name}`,
    source: 'RFC 7517 section 4, RFC 7518 section 6.3',
    result,
    build,
  }
}

const guessable =
  'The primes of such a key can be guessed (ROCA). cogate does not look for it: Cognito makes its keys itself.'

/** Sets and tokens of any kind. */
const sets: readonly (readonly [
  name: string,
  result: Result,
  build: (world: FormWorld) => BuiltForm,
  because?: string,
])[] = [
  ['a key of 3072 bits', 'valid', (world) => ({ jws: token(world, world.large), keys: [publish(world.large)] })],
  ['an exponent of 3', 'valid', (world) => ({ jws: token(world, world.cubic), keys: [publish(world.cubic)] })],
  ['an exponent of 3 and the cube root of a padded hash', 'invalid', forgeWithoutKey],
  ['an exponent of 1 and the padded hash itself', 'invalid', forgeExponentOne],
  ['a key of 1024 bits', 'invalid', (world) => ofSize(world, 1024)],
  ['a key of 2046 bits', 'invalid', (world) => ofSize(world, 2046)],
  ['a key with guessable primes', 'invalid', ofGuessableKey, guessable],
  [
    'another key of the same size',
    'invalid',
    (world) => ({ jws: token(world, world.other), keys: [publish(world.pool)] }),
  ],
  [
    'two keys',
    'valid',
    (world) => ({ jws: token(world, world.pool), keys: [publish(world.other, { kid: 'o' }), publish(world.pool)] }),
  ],
  [
    'the key of the other id',
    'invalid',
    (world) => ({
      jws: token(world, world.pool, { kid: 'o' }),
      keys: [publish(world.other, { kid: 'o' }), publish(world.pool)],
    }),
  ],
  [
    'the same key twice',
    'valid',
    (world) => ({ jws: token(world, world.pool), keys: [publish(world.pool), publish(world.pool)] }),
  ],
  [
    'one id for two keys, signed by the second',
    'invalid',
    (world) => ({ jws: token(world, world.other), keys: [publish(world.pool), publish(world.other)] }),
  ],
  [
    'keys of other kinds beside the right one',
    'valid',
    (world) => ({ jws: token(world, world.pool), keys: [...strangers(world), publish(world.pool)] }),
  ],
  [
    'entries that are no keys beside the right one',
    'valid',
    (world) => ({ jws: token(world, world.pool), keys: [null, 7, 'k', [], {}, publish(world.pool)] }),
  ],
  ['no key', 'invalid', (world) => ({ jws: token(world, world.pool), keys: [] })],
  [
    'the key in a list of its own',
    'invalid',
    (world) => ({ jws: token(world, world.pool), keys: [[publish(world.pool)]] }),
  ],
  [
    'a shared secret beside an EC key, HS256',
    'invalid',
    (world) => ({ jws: token(world, world.pool, { alg: 'HS256' }), keys: strangers(world) }),
  ],
  [
    'a secret without bytes',
    'invalid',
    (world) => ({ jws: token(world, world.pool, { alg: 'HS256' }), keys: [{ kty: 'oct', kid: 'k', k: '' }] }),
  ],
  [
    'an EC key whose point is not on its curve',
    'invalid',
    (world) => ({
      jws: token(world, world.pool, { alg: 'ES256' }),
      keys: [publish(world.ec, { alg: 'ES256', y: encode(randomBytes(32)) })],
    }),
  ],
  [
    'an EC key that says another curve',
    'invalid',
    (world) => ({
      jws: token(world, world.pool, { alg: 'ES256' }),
      keys: [publish(world.ec, { alg: 'ES256', crv: 'P-384' })],
    }),
  ],
  [
    'no kid in the header',
    'invalid',
    (world) => ({ jws: token(world, world.pool, { kid: undefined }), keys: [publish(world.pool)] }),
  ],
  ['a key in the header', 'invalid', (world) => withHeaderKey(world, { jwk: publish(world.other) })],
  [
    'a key in the header under an unknown id',
    'invalid',
    (world) => withHeaderKey(world, { kid: 'x', jwk: publish(world.other, { kid: 'x' }) }),
  ],
  [
    'the address of a key set in the header',
    'invalid',
    (world) => withHeaderKey(world, { jku: 'https://127.0.0.1:1/keys' }),
  ],
  [
    'a certificate in the header',
    'invalid',
    (world) => withHeaderKey(world, { x5c: [encode(world.other.publicKey.export({ type: 'spki', format: 'der' }))] }),
  ],
  [
    'a critical extension',
    'invalid',
    (world) => ({ jws: token(world, world.pool, { crit: ['x'], x: 1 }), keys: [publish(world.pool)] }),
  ],
  [
    'a payload that is not encoded',
    'invalid',
    (world) => ({ jws: token(world, world.pool, { b64: false, crit: ['b64'] }), keys: [publish(world.pool)] }),
  ],
]

function strangers({ ec }: FormWorld): readonly Members[] {
  return [publish(ec, { alg: 'ES256' }), { kty: 'oct', kid: 'k', alg: 'HS256', k: encode(randomBytes(32)) }]
}

function ofSize(world: FormWorld, bits: number): BuiltForm {
  const pair = makeKeyPair(bits)
  return { jws: token(world, pair), keys: [publish(pair)] }
}

function forgeWithoutKey(world: FormWorld): BuiltForm {
  const input = writeInput(world)
  return { jws: `${input}.${encode(forgeCubeRoot(input, 256))}`, keys: [publish(world.cubic)] }
}

/** With an exponent of 1 a padded hash is its own signature. */
function forgeExponentOne(world: FormWorld): BuiltForm {
  const input = writeInput(world)
  const key = publish(world.pool, { n: encode(Buffer.alloc(256, 0xff)), e: 'AQ' })
  return { jws: `${input}.${encode(Buffer.from(padHash(hash('sha256', input, 'hex')), 'hex'))}`, keys: [key] }
}

function ofGuessableKey(world: FormWorld): BuiltForm {
  const pair = makeGuessableKey()
  return { jws: token(world, pair), keys: [publish(pair)] }
}

function withHeaderKey(world: FormWorld, header: object): BuiltForm {
  return { jws: token(world, world.other, header), keys: [publish(world.pool)] }
}

export const keyForms: readonly SignatureForm[] = [
  ...changedKeys.map(([name, result, change]) => changed(name, result, change)),
  ...sets.map(([name, result, build, because]) => ({
    group: 'key set',
    name,
    source: 'RFC 7517 sections 4 and 5, RFC 7515 section 4.1, RFC 7518 section 3.3',
    result,
    build,
    ...(because !== undefined && { because }),
  })),
]
