/**
 * RS256 (RFC 7518 section 3.3) over the characters that were received. A signature that does not fit is an answer, never
 * an exception.
 */
import type { KeyObject } from 'node:crypto'
import { verify } from 'node:crypto'
import type { CompactToken } from './compact.ts'

/** The one-shot call: the stream that aws-jwt-verify makes for each token costs as much again as the signature (ADR 0009). */
export function isSignedBy(publicKey: KeyObject, { headerB64, payloadB64, signatureB64 }: CompactToken): boolean {
  const signed = Buffer.from(`${headerB64}.${payloadB64}`, 'latin1')
  return verify('RSA-SHA256', signed, publicKey, Buffer.from(signatureB64, 'base64url'))
}
