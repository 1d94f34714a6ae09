/**
 * Reads from a JWK set (RFC 7517) the RSA public keys that may verify RS256. A bad key is dropped and the good ones are
 * kept. No key may pass unchecked, and private members are never kept.
 */
import { createHash } from 'node:crypto'

export const maxJwkSetBytes = 150 * 1024
export const maxKidChars = 256
const maxKeys = 100
const leastModulusBits = 2048
const mostModulusBits = 8192
const mostExponentBits = 64

/** `n` and `e` are in their one canonical spelling, so that equal text means an equal key. */
export type PublicJwk = Readonly<{ kty: 'RSA'; kid: string; use: 'sig'; alg: 'RS256'; n: string; e: string }>

export interface JwkSet {
  /** At least one; no kid twice. */
  readonly keys: readonly PublicJwk[]
  /** One line for each key that was dropped, safe to log. */
  readonly rejected: readonly string[]
}

export interface JwkSetRules {
  /** Accept keys whose private half is public knowledge (local emulators). */
  readonly allowLeakedKeys: boolean
}

/** The set as a whole is unusable. It says nothing about keys of an earlier set, which stay trusted. */
export class JwkSetError extends Error {
  override readonly name = 'JwkSetError'
}

const strict: JwkSetRules = { allowLeakedKeys: false }
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Throws JwkSetError. */
export function parseJwkSet(bytes: Uint8Array, rules: JwkSetRules = strict): JwkSet {
  if (bytes.byteLength > maxJwkSetBytes) throw new JwkSetError(`the key set is larger than ${maxJwkSetBytes} bytes`)
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(bytes))
  } catch {
    throw new JwkSetError('the key set is not JSON')
  }
  return readJwkSet(value, rules)
}

/** As `parseJwkSet`, for a set that is part of a larger document. */
export function readJwkSet(value: unknown, rules: JwkSetRules = strict): JwkSet {
  const list = isRecord(value) ? value.keys : undefined
  if (!Array.isArray(list)) throw new JwkSetError('the key set has no "keys" list')
  if (list.length > maxKeys) throw new JwkSetError(`the key set has more than ${maxKeys} keys`)
  const set = collectKeys(list, rules)
  if (set.keys.length === 0) throw new JwkSetError(`the key set has no usable key${set.rejected.map(clause).join('')}`)
  return set
}

export function isSameMaterial(one: PublicJwk, other: PublicJwk): boolean {
  return one.n === other.n && one.e === other.e
}

/** A kid comes from outside: it is quoted, escaped and cut before it is logged. */
export function printKid(kid: unknown): string {
  return typeof kid === 'string' ? JSON.stringify(kid.slice(0, 64)) : 'without kid'
}

function collectKeys(list: readonly unknown[], rules: JwkSetRules): JwkSet {
  const keys = new Map<string, PublicJwk>()
  const rejected: string[] = []
  for (const value of list) {
    const raw: RawKey = isRecord(value) ? value : {}
    const reason = refuseKey(raw, rules) ?? addKey(keys, toPublicJwk(raw))
    if (reason !== undefined) rejected.push(`key ${printKid(raw.kid)}: ${reason}`)
  }
  return { keys: [...keys.values()], rejected }
}

/**
 * The first key with a kid counts. Returns why this one is dropped; undefined when it is added or equal to the first.
 */
function addKey(keys: Map<string, PublicJwk>, jwk: PublicJwk): string | undefined {
  const first = keys.get(jwk.kid) ?? jwk
  keys.set(jwk.kid, first)
  return isSameMaterial(first, jwk) ? undefined : 'its kid is taken by an earlier key'
}

type RawKey = Readonly<Record<string, unknown>>

/** Run in this order: a later check may rely on the earlier ones. */
const checks = [
  ['kty is not RSA', (key) => key.kty === 'RSA'],
  ['use is not sig', (key) => key.use === undefined || key.use === 'sig'],
  ['alg is not RS256', (key) => key.alg === undefined || key.alg === 'RS256'],
  ['key_ops lacks verify', (key) => key.key_ops === undefined || includesVerify(key.key_ops)],
  ['kid is not text of 1 to 256 characters', (key) => isKid(key.kid)],
  ['n and e are not base64url', (key) => isBase64url(key.n) && isBase64url(key.e)],
  ['modulus is not an odd number of 2048 to 8192 bits', (key) => isModulus(toInteger(key.n))],
  ['exponent is not an odd number of at least 3', (key) => isExponent(toInteger(key.e))],
] as const satisfies readonly (readonly [reason: string, isGood: (key: RawKey) => boolean])[]

function refuseKey(key: RawKey, rules: JwkSetRules): string | undefined {
  const failed = checks.find(([, isGood]) => !isGood(key))
  if (failed !== undefined) return failed[0]
  return rules.allowLeakedKeys || !isLeaked(toInteger(key.n)) ? undefined : 'its private key is public'
}

function toPublicJwk(key: RawKey): PublicJwk {
  const n = toInteger(key.n).toString('base64url')
  const e = toInteger(key.e).toString('base64url')
  return Object.freeze({ kty: 'RSA', kid: String(key.kid), use: 'sig', alg: 'RS256', n, e })
}

/** SHA-256 of the modulus of keys whose private key anyone can download: cognito-local has its own in its package. */
const leakedModuli: ReadonlySet<string> = new Set(['c7136d7ffb62dffefcea2a9334ba1c0dec551884515aa204361e1953606fe3c6'])

function isLeaked(modulus: Buffer): boolean {
  return leakedModuli.has(createHash('sha256').update(modulus).digest('hex'))
}

function includesVerify(operations: unknown): boolean {
  return Array.isArray(operations) && operations.includes('verify')
}

function isKid(kid: unknown): boolean {
  return typeof kid === 'string' && kid !== '' && kid.length <= maxKidChars
}

function isBase64url(text: unknown): boolean {
  return typeof text === 'string' && /^[A-Za-z0-9_-]+$/.test(text)
}

function isModulus(value: Buffer): boolean {
  const bits = bitLength(value)
  return bits >= leastModulusBits && bits <= mostModulusBits && isOdd(value)
}

/** With e = 1 anyone can make a valid signature; a very large exponent makes every check slow. */
function isExponent(value: Buffer): boolean {
  const bits = bitLength(value)
  return bits >= 2 && bits <= mostExponentBits && isOdd(value)
}

function isOdd(value: Buffer): boolean {
  return (value.readUInt8(value.length - 1) & 1) === 1
}

function bitLength(value: Buffer): number {
  const [first = 0] = value
  return first === 0 ? 0 : value.length * 8 - (Math.clz32(first) - 24)
}

/** Big-endian (RFC 7518 section 2, Base64urlUInt), without leading zero bytes. */
function toInteger(text: unknown): Buffer {
  const bytes = Buffer.from(String(text), 'base64url')
  const start = bytes.findIndex((byte) => byte !== 0)
  return start === -1 ? Buffer.alloc(0) : bytes.subarray(start)
}

function isRecord(value: unknown): value is RawKey {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function clause(reason: string): string {
  return `; ${reason}`
}
