/** RSA keys as a key endpoint publishes them. Making one takes a while: make them once in a test file. */
import { generateKeyPairSync } from 'node:crypto'

export interface PublishedKey {
  readonly kid: string
  readonly kty: string
  readonly use: string
  readonly alg: string
  readonly n: string
  readonly e: string
}

export function makePublishedKey(kid: string, modulusLength = 2048): PublishedKey {
  const { n = '', e = '' } = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })
  return { kid, kty: 'RSA', use: 'sig', alg: 'RS256', n, e }
}

export function keySetBytes(...keys: readonly unknown[]): Uint8Array {
  return Buffer.from(JSON.stringify({ keys }))
}
