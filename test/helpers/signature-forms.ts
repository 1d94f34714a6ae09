/**
 * Tokens that are made to fool a verifier, with the keys that a pool publishes for them. Everything is made anew, with
 * keys of the day; nothing here validates. `result` is the verdict that the RFCs ask for.
 */
import { constants, createHmac, generateKeyPairSync, hash, type KeyObject, privateEncrypt, sign } from 'node:crypto'
import { type KeyPair, makeKeyPair } from './build-jwt.ts'
import { cubeRootOver, toBigInt, toBytes } from './integers.ts'

export interface SignatureForm {
  readonly group: string
  readonly name: string
  /** RFC and section that ask for the verdict. */
  readonly source: string
  readonly result: 'valid' | 'invalid'
  /** Why cogate refuses what is valid, or accepts what is not. */
  readonly because?: string
  readonly build: (world: FormWorld) => BuiltForm
}

export interface BuiltForm {
  readonly jws: string
  /** Of the set that the pool publishes. */
  readonly keys: readonly unknown[]
}

export interface FormWorld {
  readonly pool: KeyPair
  readonly other: KeyPair
  readonly ec: KeyPair
  /** Public exponent 3. */
  readonly cubic: KeyPair
  /** 3072 bits. */
  readonly large: KeyPair
  /** JSON of claims that are accepted. */
  readonly claims: string
}

export function makeFormWorld(claims: object): FormWorld {
  return {
    pool: makeKeyPair(),
    other: makeKeyPair(),
    ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    cubic: generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }),
    large: makeKeyPair(3072),
    claims: JSON.stringify(claims),
  }
}

export function encode(content: string | Buffer): string {
  return Buffer.from(content).toString('base64url')
}

export function publish({ publicKey }: KeyPair, changes: object = {}): Readonly<Record<string, unknown>> {
  return { ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256', ...changes }
}

/** Header and claims, as they are signed. */
export function writeInput({ claims }: FormWorld, header: object = {}): string {
  return `${encode(JSON.stringify({ alg: 'RS256', kid: 'k', ...header }))}.${encode(claims)}`
}

export function signRs256(input: string, key: KeyObject): Buffer {
  return sign('sha256', Buffer.from(input), key)
}

/** The RSA operation alone: `block` is as long as the modulus. */
export function signBlock(block: Buffer, key: KeyObject): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)
}

function goodToken(world: FormWorld): string {
  const input = writeInput(world)
  return `${input}.${encode(signRs256(input, world.pool.privateKey))}`
}

type Parts = readonly [header: string, payload: string, signature: string]

/** Edits of the text of a good token (RFC 7515 sections 2, 5.2 and 7.1). */
const textEdits: Readonly<Record<string, (parts: Parts) => string>> = {
  'no signature': ([header, payload]) => `${header}.${payload}.`,
  'no signature and no dot before it': ([header, payload]) => `${header}.${payload}`,
  'no payload': ([header, , signature]) => `${header}..${signature}`,
  'no payload and no dot behind it': ([header, , signature]) => `${header}.${signature}`,
  'no header': ([, payload, signature]) => `.${payload}.${signature}`,
  'no header and no dot behind it': ([, payload, signature]) => `${payload}.${signature}`,
  'the payload alone, between dots': ([, payload]) => `.${payload}.`,
  'the payload alone': ([, payload]) => payload,
  nothing: () => '',
  'an empty part too many': (parts) => `${parts.join('.')}.`,
  'an empty part in front': (parts) => `.${parts.join('.')}`,
  'a part too many': (parts) => `${parts.join('.')}.${parts[2]}`,
  'the signature in place of the payload': ([header, , signature]) => `${header}.${signature}.${signature}`,
  'the JSON serialisation': ([header, payload, signature]) =>
    JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
  'the flattened JSON serialisation': ([header, payload, signature]) =>
    JSON.stringify({ payload, protected: header, signature }),
  'the alphabet of plain base64': ([header, payload, signature]) =>
    `${header}.${payload}.${Buffer.from(signature, 'base64url').toString('base64').replace(/=+$/, '+/')}`,
  'other claims under the same signature': ([header, payload, signature]) => {
    const claims = Buffer.from(payload, 'base64url').toString().replace('alice', 'admin')
    return `${header}.${encode(claims)}.${signature}`
  },
  'another header under the same signature': ([, payload, signature]) =>
    `${encode('{"kid":"k","alg":"RS256"}')}.${payload}.${signature}`,
}

/** Done to each part in turn: a token has one spelling. */
const partEdits: Readonly<Record<string, (part: string) => string>> = {
  'a blank inside': (part) => `${part.slice(0, 9)} ${part.slice(9)}`,
  'a line end inside': (part) => `${part.slice(0, 9)}\n${part.slice(9)}`,
  'a character outside the alphabet inside': (part) => `${part.slice(0, 9)}$${part.slice(9)}`,
  'a character outside the alphabet in place of another': (part) => `${part.slice(0, 9)}*${part.slice(10)}`,
  'a letter beyond ASCII at the end': (part) => `${part}\u00e9`,
  'padding at the end': (part) => `${part}=`,
  'two padding characters at the end': (part) => `${part}==`,
  'a character too few': (part) => part.slice(0, -1),
  'a character too many': (part) => `${part}A`,
  'another first character': (part) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1),
  'another last character': (part) => part.slice(0, -1) + (part.endsWith('A') ? 'Q' : 'A'),
  'another character in the middle': (part) => {
    const middle = part.length >> 1
    return part.slice(0, middle) + (part[middle] === 'A' ? 'B' : 'A') + part.slice(middle + 1)
  },
}

const partNames = ['header', 'payload', 'signature'] as const

export const textForms: readonly SignatureForm[] = [
  ...Object.entries(textEdits).map(([name, edit]) =>
    bend('compact form', name, (token) => edit(token.split('.') as unknown as Parts)),
  ),
  ...partNames.flatMap((part, place) =>
    Object.entries(partEdits).map(([name, edit]) =>
      bend('spelling', `${part}: ${name}`, (token) =>
        token
          .split('.')
          .map((text, index) => (index === place ? edit(text) : text))
          .join('.'),
      ),
    ),
  ),
]

function bend(group: string, name: string, edit: (token: string) => string): SignatureForm {
  const build = (world: FormWorld) => ({ jws: edit(goodToken(world)), keys: [publish(world.pool)] })
  return { group, name, source: 'RFC 7515 sections 2 and 5.2', result: 'invalid', build }
}

/** The signature as a number or as bytes (RFC 8017 sections 5.2.2 and 8.2.2). */
const signatureEdits: Readonly<Record<string, (signature: Buffer, modulus: bigint) => Buffer>> = {
  'is zero': (signature) => Buffer.alloc(signature.length),
  'is one': (signature) => toBytes(1n, signature.length),
  'is the modulus less one': (signature, n) => toBytes(n - 1n, signature.length),
  'is the modulus': (signature, n) => toBytes(n, signature.length),
  'is the modulus and one': (signature, n) => toBytes(n + 1n, signature.length),
  'is its negative': (signature, n) => toBytes(n - toBigInt(signature), signature.length),
  'is not reduced': (signature, n) => toBytes(n + toBigInt(signature), signature.length + 1),
  'has a zero in front': (signature) => Buffer.concat([Buffer.alloc(1), signature]),
  'has four zeros in front': (signature) => Buffer.concat([Buffer.alloc(4), signature]),
  'has a zero behind it': (signature) => Buffer.concat([signature, Buffer.alloc(1)]),
  'lost its first byte': (signature) => signature.subarray(1),
  'lost its last byte': (signature) => signature.subarray(0, -1),
  'is half as long': (signature) => signature.subarray(0, signature.length / 2),
  'is one byte': () => Buffer.alloc(1, 1),
  'is there twice': (signature) => Buffer.concat([signature, signature]),
  'is turned round': (signature) => Buffer.from(signature).reverse(),
  'is all ones': (signature) => Buffer.alloc(signature.length, 0xff),
}

export const numberForms: readonly SignatureForm[] = Object.entries(signatureEdits).map(([name, edit]) => ({
  group: 'signature as a number',
  name: `the signature ${name}`,
  source: 'RFC 8017 section 8.2.2',
  result: 'invalid',
  build(world) {
    const input = writeInput(world)
    const modulus = toBigInt(Buffer.from(String(publish(world.pool)['n']), 'base64url'))
    const signature = edit(signRs256(input, world.pool.privateKey), modulus)
    return { jws: `${input}.${encode(signature)}`, keys: [publish(world.pool)] }
  },
}))

type Signer = (input: string, world: FormWorld) => Buffer

const rsa =
  (algorithm: string, padding: number = constants.RSA_PKCS1_PADDING): Signer =>
  (input, { pool }) =>
    sign(algorithm, Buffer.from(input), { key: pool.privateKey, padding })
const pss = constants.RSA_PKCS1_PSS_PADDING
const mac =
  (algorithm: string, secret: (world: FormWorld) => string | Buffer): Signer =>
  (input, world) =>
    createHmac(algorithm, secret(world)).update(input).digest()
const pem = ({ pool }: FormWorld) => pool.publicKey.export({ type: 'spki', format: 'pem' })
const ecdsa: Signer = (input, { ec }) =>
  sign('sha256', Buffer.from(input), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' })
const none: Signer = () => Buffer.alloc(0)

const otherAlgorithm = 'Cognito signs with RS256 alone (RFC 8725 section 3.1).'

/** What the header says, how it is signed, which key the pool publishes for it, and whether a general verifier agrees. */
const algorithms: readonly (readonly [alg: unknown, how: string, signer: Signer, result: 'valid' | 'invalid'])[] = [
  ['RS256', 'RS256', rsa('sha256'), 'valid'],
  ['RS384', 'RS384', rsa('sha384'), 'valid'],
  ['RS512', 'RS512', rsa('sha512'), 'valid'],
  ['PS256', 'PS256', rsa('sha256', pss), 'valid'],
  ['PS384', 'PS384', rsa('sha384', pss), 'valid'],
  ['PS512', 'PS512', rsa('sha512', pss), 'valid'],
  ['ES256', 'ES256', ecdsa, 'valid'],
  ...['md5', 'sha1', 'sha224', 'sha384', 'sha512', 'sha512-256', 'sha3-256'].map(
    (name) => ['RS256', `RSA with ${name}`, rsa(name), 'invalid'] as const,
  ),
  ...['sha256', 'sha384', 'sha512'].map((name) => ['RS256', `PSS with ${name}`, rsa(name, pss), 'invalid'] as const),
  ['RS256', 'ES256', ecdsa, 'invalid'],
  ['RS256', 'HS256 with the public key', mac('sha256', pem), 'invalid'],
  ['RS256', 'nothing', none, 'invalid'],
  ...['HS256', 'HS384', 'HS512'].map(
    (alg) => [alg, 'the public key as PEM for a secret', mac(`sha${alg.slice(2)}`, pem), 'invalid'] as const,
  ),
  [
    'HS256',
    'the public key as DER for a secret',
    mac('sha256', ({ pool }) => pool.publicKey.export({ type: 'spki', format: 'der' })),
    'invalid',
  ],
  [
    'HS256',
    'the modulus for a secret',
    mac('sha256', ({ pool }) => Buffer.from(String(publish(pool)['n']), 'base64url')),
    'invalid',
  ],
  ['HS256', 'the published key for a secret', mac('sha256', ({ pool }) => JSON.stringify(publish(pool))), 'invalid'],
  ['HS256', 'an empty secret', mac('sha256', () => ''), 'invalid'],
  ['HS256', 'the key id for a secret', mac('sha256', () => 'k'), 'invalid'],
  ...[
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    ' ',
    'RS256 ',
    'rs256',
    'RS1',
    'RSA1_5',
    'EdDSA',
    'ES384',
    'dir',
    'A128KW',
  ].map((alg) => [alg, 'nothing', none, 'invalid'] as const),
  ...['none', 'rs256', 'RS256\0', 'RS256,none', 'RS384', 'PS256', 'ES256', 'HS256'].map(
    (alg) => [alg, 'RS256', rsa('sha256'), 'invalid'] as const,
  ),
  ...[null, 256, true, ['RS256'], { alg: 'RS256' }].map((alg) => [alg, 'RS256', rsa('sha256'), 'invalid'] as const),
  ['ES256', 'zeros for r and s', () => Buffer.alloc(64), 'invalid'],
  ['ES256', 'ones for r and s', () => Buffer.alloc(64, 1), 'invalid'],
]

export const algorithmForms: readonly SignatureForm[] = algorithms.map(([alg, how, signer, result]) => ({
  group: 'algorithm',
  name: `the header says ${JSON.stringify(alg)}, the signature is by ${how}`,
  source: 'RFC 7518 section 3.1, RFC 8725 section 3.1',
  result,
  ...(result === 'valid' && alg !== 'RS256' && { because: otherAlgorithm }),
  build(world) {
    const input = writeInput(world, { alg })
    const isEc = String(alg).startsWith('ES') || how === 'ES256'
    const key = publish(isEc ? world.ec : world.pool, { alg: undefined })
    return { jws: `${input}.${encode(signer(input, world))}`, keys: [key] }
  },
}))

/** A padded hash with room behind it: its cube root, rounded up, is a signature for whoever does not look behind the hash. */
export function forgeCubeRoot(input: string, modulusBytes: number): Buffer {
  const info = `3031300d060960864801650304020105000420${hash('sha256', input, 'hex')}`
  const start = Buffer.from(`0001${'ff'.repeat(8)}00${info}`, 'hex')
  const block = Buffer.concat([start, Buffer.alloc(modulusBytes - start.length)])
  return toBytes(cubeRootOver(toBigInt(block)), modulusBytes)
}
