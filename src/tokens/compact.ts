/**
 * Compact serialisation (RFC 7515 section 7.1) to header and payload, read without trusting either. One token has one
 * spelling: padding, other alphabets and unused bits are refused.
 */
import type { Reason } from '../reasons.ts'

export interface CompactToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  readonly headerB64: string
  readonly payloadB64: string
  readonly signatureB64: string
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `scratch` has room for the token; nothing is kept there. A longer token is none. */
export function decodeCompact(token: string, scratch: Buffer): CompactToken | undefined {
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.indexOf('.', headerEnd + 1)
  if (headerEnd === -1 || payloadEnd === -1 || token.length > scratch.length) return undefined
  const headerB64 = token.slice(0, headerEnd)
  const payloadB64 = token.slice(headerEnd + 1, payloadEnd)
  const signatureB64 = token.slice(payloadEnd + 1)
  // An empty signature has its own reason: the algorithm is looked at first.
  if (decodePart(signatureB64, scratch) === undefined) return undefined
  const header = decodeObject(headerB64, scratch)
  const payload = decodeObject(payloadB64, scratch)
  return header && payload && { header, payload, headerB64, payloadB64, signatureB64 }
}

/**
 * RS256 before anything else (RFC 8725 section 3.1), no critical extensions (RFC 7515 section 4.1.11), no token that was
 * typed for another purpose (RFC 8725 section 3.11). Undefined: the header is acceptable.
 */
export function refuseHeader(header: CompactToken['header']): Reason | undefined {
  if (header.alg !== 'RS256') return 'algorithm_not_allowed'
  if ('crit' in header || 'zip' in header || header.b64 === false) return 'token_malformed'
  if (header.typ !== undefined && !isAcceptedType(header.typ)) return 'token_malformed'
  return typeof header.kid === 'string' && header.kid !== '' ? undefined : 'key_unknown'
}

const acceptedTypes: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/at+jwt'])

/** Media types are case-insensitive (RFC 7515 section 4.1.9). */
function isAcceptedType(typ: unknown): boolean {
  return typeof typ === 'string' && acceptedTypes.has(typ.toLowerCase())
}

function decodeObject(part: string, scratch: Buffer): Readonly<Record<string, unknown>> | undefined {
  const bytes = decodePart(part, scratch)
  if (bytes === undefined) return undefined
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Node skips what is not of the alphabet and ignores unused bits (RFC 4648 section 3.5): only what it would write so is one. */
function decodePart(part: string, scratch: Buffer): Buffer | undefined {
  const bytes = scratch.subarray(0, scratch.write(part, 'base64url'))
  return bytes.toString('base64url') === part ? bytes : undefined
}
