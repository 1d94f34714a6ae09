/**
 * Verifies an RS256 signature (RFC 7518 section 3.3) over the text as it was received. A wrong signature gives false,
 * never an exception.
 */
import type { KeyObject } from 'node:crypto'
import { verify } from 'node:crypto'
import type { CompactToken } from './compact.ts'
import type { Scratch } from './scratch.ts'

type SignedText = Pick<CompactToken, 'signed' | 'signature'>

/**
 * Uses the one-shot function of node:crypto: aws-jwt-verify makes a stream for each token, which doubles the cost (ADR
 * 0009). `scratch` has room for the token.
 */
export function isSignedBy(publicKey: KeyObject, { signed, signature }: SignedText, scratch: Scratch): boolean {
  return scratch.use((bytes) => {
    const signedEnd = bytes.write(signed, 'latin1')
    const end = signedEnd + bytes.write(signature, signedEnd, 'base64url')
    return verify('RSA-SHA256', bytes.subarray(0, signedEnd), publicKey, bytes.subarray(signedEnd, end))
  })
}
