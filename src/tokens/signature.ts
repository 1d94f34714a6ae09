/**
 * RS256 (RFC 7518 section 3.3) over the characters that were received. A signature that does not fit is an answer, never
 * an exception.
 */
import type { KeyObject } from 'node:crypto'
import { verify } from 'node:crypto'
import type { CompactToken } from './compact.ts'
import type { Scratch } from './scratch.ts'

type SignedText = Pick<CompactToken, 'signed' | 'signature'>

/**
 * The one-shot call: the stream that aws-jwt-verify makes for each token costs as much again as the signature (ADR 0009).
 * `scratch` has room for the token.
 */
export function isSignedBy(publicKey: KeyObject, { signed, signature }: SignedText, scratch: Scratch): boolean {
  return scratch.use((bytes) => {
    const signedEnd = bytes.write(signed, 'latin1')
    const end = signedEnd + bytes.write(signature, signedEnd, 'base64url')
    return verify('RSA-SHA256', bytes.subarray(0, signedEnd), publicKey, bytes.subarray(signedEnd, end))
  })
}
