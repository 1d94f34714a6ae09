/**
 * RS256 (RFC 7518 section 3.3) over the characters that were received. A signature that does not fit is an answer, never
 * an exception.
 */
import type { KeyObject } from 'node:crypto'
import { verify } from 'node:crypto'
import type { CompactToken } from './compact.ts'

/**
 * The one-shot call: the stream that aws-jwt-verify makes for each token costs as much again as the signature (ADR 0009).
 * `scratch` has room for the token; nothing is kept there.
 */
export function isSignedBy(publicKey: KeyObject, compact: CompactToken, scratch: Buffer): boolean {
  const { headerB64, payloadB64, signatureB64 } = compact
  const signedLength = scratch.write(`${headerB64}.${payloadB64}`, 'latin1')
  const end = signedLength + scratch.write(signatureB64, signedLength, 'base64url')
  const signature = scratch.subarray(signedLength, end)
  return verify('RSA-SHA256', scratch.subarray(0, signedLength), publicKey, signature)
}
