/**
 * Decodes a token in compact serialisation (RFC 7515 section 7.1) and verifies nothing. A token has one spelling:
 * padding, other alphabets and unused bits are refused.
 */
import type { Reason } from '../reasons.ts'
import type { Scratch } from './scratch.ts'

export interface CompactToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  /** The JSON text of the payload. */
  readonly payloadText: string
  /** Header and payload as they were received: the text that was signed. */
  readonly signed: string
  /** Base64url. */
  readonly signature: string
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Returns undefined for text that is not a token, and for a token that is longer than `scratch`. */
export function decodeCompact(token: string, scratch: Scratch): CompactToken | undefined {
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.indexOf('.', headerEnd + 1)
  if (headerEnd === -1 || payloadEnd === -1 || token.length > scratch.size) return undefined
  const signature = token.slice(payloadEnd + 1)
  // An empty signature is accepted here: the token is refused later for its algorithm, which is the better reason.
  if (!scratch.use((bytes) => decodePart(signature, bytes) !== undefined)) return undefined
  const header = parseObject(decodeText(token.slice(0, headerEnd), scratch))
  const payloadText = decodeText(token.slice(headerEnd + 1, payloadEnd), scratch)
  const payload = parseObject(payloadText)
  if (!header || !payload) return undefined
  return { header, payload, payloadText, signed: token.slice(0, payloadEnd), signature }
}

/**
 * Returns why the header is refused; undefined when it is accepted. The algorithm is checked first and must be RS256
 * (RFC 8725 section 3.1). Refused as well: critical extensions (RFC 7515 section 4.1.11) and a `typ` of another kind of
 * token (RFC 8725 section 3.11).
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

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Empty, which is no JSON, where the part is not canonical or its bytes are not UTF-8. */
function decodeText(part: string, scratch: Scratch): string {
  return scratch.use((bytes) => {
    try {
      return utf8.decode(bytes.subarray(0, decodePart(part, bytes) ?? 0))
    } catch {
      return ''
    }
  })
}

/**
 * Writes the part to the beginning of `bytes` and returns where it ends. Node skips characters outside the alphabet and
 * ignores unused bits (RFC 4648 section 3.5), so a part counts only when encoding its bytes gives the same characters.
 */
function decodePart(part: string, bytes: Buffer): number | undefined {
  const end = bytes.write(part, 'base64url')
  return bytes.toString('base64url', 0, end) === part ? end : undefined
}
