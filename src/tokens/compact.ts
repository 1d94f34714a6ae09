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

// An empty signature has its own reason: the algorithm is looked at first.
const compactPattern = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function decodeCompact(token: string): CompactToken | undefined {
  if (!compactPattern.test(token)) return undefined
  const [headerB64 = '', payloadB64 = '', signatureB64 = ''] = token.split('.')
  if (!isCanonical(signatureB64)) return undefined
  const header = decodeObject(headerB64)
  const payload = decodeObject(payloadB64)
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

function decodeObject(part: string): Readonly<Record<string, unknown>> | undefined {
  if (!isCanonical(part)) return undefined
  try {
    const value: unknown = JSON.parse(utf8.decode(Buffer.from(part, 'base64url')))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** The last character of an incomplete group must leave the unused bits zero (RFC 4648 section 3.5). */
function isCanonical(part: string): boolean {
  const rest = part.length % 4
  if (rest === 0) return true
  const last = part.slice(-1)
  return rest === 2 ? 'AQgw'.includes(last) : rest === 3 && 'AEIMQUYcgkosw048'.includes(last)
}
