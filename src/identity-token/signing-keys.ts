/**
 * Private keys that sign identities, and what is published of them. A private key never leaves this file but as a `KeyObject`.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

export type Algorithm = 'ES256' | 'EdDSA'

export interface SigningKey {
  /** A UUID, as load balancers have it, made of the thumbprint of the key (RFC 7638). */
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicJwk: PublicJwk
  /** Of the public key. */
  readonly publicPem: string
}

type PublicJwk = Readonly<Record<'kty' | 'crv' | 'x' | 'kid' | 'use' | 'alg', string>> & { readonly y?: string }

/** At least one, in the order of the text. Throws for a text without any, and for a key of another kind than the algorithm needs. */
export function readSigningKeys(pem: string, algorithm: Algorithm): readonly SigningKey[] {
  const blocks = pem.match(privateBlock) ?? []
  if (blocks.length === 0) throw new Error('it holds no PEM private key')
  return blocks.map((block) => toSigningKey(createPrivateKey(block), algorithm))
}

const privateBlock = /-----BEGIN (?:EC )?PRIVATE KEY-----[\s\S]+?-----END (?:EC )?PRIVATE KEY-----/g

/** PEM of a new private key. */
export function makePrivateKey(algorithm: Algorithm): string {
  const format = { type: 'pkcs8', format: 'pem' } as const
  const { privateKey } =
    algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export(format).toString()
}

function toSigningKey(privateKey: KeyObject, algorithm: Algorithm): SigningKey {
  const publicKey = createPublicKey(privateKey)
  const { kty = '', crv = '', x = '', y } = publicKey.export({ format: 'jwk' })
  if (crv !== curves[algorithm]) throw new Error(`a key of ${algorithm} is on the curve ${curves[algorithm]}`)
  const own = y === undefined ? { crv, kty, x } : { crv, kty, x, y }
  // The members that count, in the order of their names.
  const kid = toUuid(createHash('sha256').update(JSON.stringify(own)).digest('hex'))
  return {
    kid,
    privateKey,
    publicJwk: { ...own, kid, use: 'sig', alg: algorithm },
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

const curves = { ES256: 'P-256', EdDSA: 'Ed25519' } as const satisfies Record<Algorithm, string>

function toUuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
