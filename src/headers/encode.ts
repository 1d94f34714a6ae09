/**
 * A claim to a header value, and never to a second header, a second list item or an invalid byte.
 */
import type { HeaderEncoding, HeaderFormat } from '../config/config.ts'
import type { ClaimValue } from '../tokens/claims.ts'

const separators = {
  csv: [',', '%2C'],
  pipe: ['|', '%7C'],
  space: [' ', '%20'],
} as const satisfies Record<Exclude<HeaderFormat, 'json'>, readonly [separator: string, escaped: string]>

/** Undefined: nothing to send (absent, null or empty). Control characters never survive any encoding. */
export function encodeClaim(claim: ClaimValue | undefined, writing: Writing): string | undefined {
  if (claim === undefined || claim === null || claim === '') return undefined
  if (isList(claim) && claim.length === 0) return undefined
  return encoders[writing.encoding](writeClaim(claim, writing))
}

interface Writing {
  readonly format: HeaderFormat
  readonly encoding: HeaderEncoding
}

function writeClaim(claim: ClaimValue, { format, encoding }: Writing): string {
  if (isList(claim) && format !== 'json') return joinItems(claim, separators[format])
  const text = typeof claim === 'object' ? JSON.stringify(claim) : String(claim)
  return encoding === 'percent' || encoding === 'utf8' ? keepEscapes(text) : text
}

function joinItems(items: readonly ClaimValue[], [separator, escaped]: readonly [string, string]): string {
  return items
    .map((item) => keepEscapes(typeof item === 'string' ? item : JSON.stringify(item)).replaceAll(separator, escaped))
    .join(separator)
}

/** What reads as an escape in the claim must not meet one of ours: `Zo%C3%AB` is not `Zoë`, `a%2Cb` not `a,b`. */
function keepEscapes(text: string): string {
  return text.includes('%') ? text.replace(/%(?=[0-9A-Fa-f]{2})/g, '%25') : text
}

function isList(claim: ClaimValue): claim is readonly ClaimValue[] {
  return Array.isArray(claim)
}

/** Most claims: nothing to encode, and a look is cheaper than two searches. */
const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
// Leading and trailing spaces too: HTTP would drop them and make two names one.
const notPlain = /[^\x20-\x7e]|^ +| +$/gu
const notText = /\p{Cc}|^ +| +$/gu

const encoders = {
  percent: (text) => (plain.test(text) ? text : latin1(text.toWellFormed().replace(notPlain, percentEncode))),
  utf8: (text) => latin1(text.toWellFormed().replace(notText, percentEncode)),
  base64: (text) => Buffer.from(text, 'utf8').toString('base64'),
  json: (text) => latin1(JSON.stringify(text).replace(/[^\x20-\x7e]/g, unicodeEscape)),
  qp: (text) => latin1(quotedPrintable(Buffer.from(text, 'utf8'))),
} as const satisfies Record<HeaderEncoding, (text: string) => string>

function percentEncode(text: string): string {
  return Buffer.from(text, 'utf8').reduce((all, byte) => `${all}%${hex(byte)}`, '')
}

/**
 * Node writes header strings as Latin-1: the UTF-8 bytes themselves go over the wire. What comes out is one text of one
 * byte a character, whatever it was put together from: it is remembered with its token.
 */
function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** RFC 2045 section 6.7 without line breaks: what Grafana reads with `headers_encoded`. */
function quotedPrintable(bytes: Uint8Array): string {
  return bytes.reduce((all, byte) => all + (isQuotable(byte) ? String.fromCharCode(byte) : `=${hex(byte)}`), '')
}

function isQuotable(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== 0x3d
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}
