/**
 * The signing keys of the look-alike pool: one RSA pair for access tokens and one for ID tokens, as Cognito has.
 * Private keys never leave this process; only `jwks()` is published.
 */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

export type TokenUse = 'access' | 'id'

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** A type alias, so that it is assignable to JSON types. */
type PublicJwk = {
  readonly alg: 'RS256'
  readonly e: string
  readonly kid: string
  readonly kty: 'RSA'
  readonly n: string
  readonly use: 'sig'
}

export interface Jwks {
  readonly keys: readonly PublicJwk[]
}

export interface Keys {
  /** The key that signs tokens of this use now. */
  current(use: TokenUse): SigningKey
  /** New pairs under new kids. The pairs replaced stay published until withdrawn or until the next rotation. */
  rotate(): void
  /** New material under the same kid for a current key: a token signed before no longer verifies. */
  replaceMaterial(use: TokenUse): void
  /** Stops publishing the key, current or retired; a withdrawn current key still signs. False when not published. */
  withdraw(kid: string): boolean
  jwks(): Jwks
}

type Pairs = Readonly<Record<TokenUse, SigningKey>>

/** Blocks for some hundred milliseconds: the time that it takes to find the primes. */
export function createKeys(): Keys {
  let current = createPairs()
  let published = Object.values(current)
  return {
    current: (use) => current[use],
    rotate() {
      const retired = Object.values(current).filter((key) => published.includes(key))
      current = createPairs()
      published = [...Object.values(current), ...retired]
    },
    replaceMaterial(use) {
      const old = current[use]
      const replacement = createSigningKey(old.kid)
      current = { ...current, [use]: replacement }
      published = published.map((key) => (key === old ? replacement : key))
    },
    withdraw(kid) {
      const remaining = published.filter((key) => key.kid !== kid)
      const found = remaining.length < published.length
      published = remaining
      return found
    },
    jwks: () => ({ keys: published.map(toPublicJwk) }),
  }
}

function createPairs(): Pairs {
  return { access: createSigningKey(createKid()), id: createSigningKey(createKid()) }
}

function createSigningKey(kid: string): SigningKey {
  return { kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}

/** Cognito's form: padded base64, so a kid holds `=` and may hold `+` and `/`. */
function createKid(): string {
  return randomBytes(32).toString('base64')
}

function toPublicJwk({ kid, publicKey }: SigningKey): PublicJwk {
  const { e, n } = publicKey.export({ format: 'jwk' })
  if (e === undefined || n === undefined) throw new TypeError('an RSA public key has n and e')
  return { alg: 'RS256', e, kid, kty: 'RSA', n, use: 'sig' }
}
