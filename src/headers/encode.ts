/**
 * Encodes a claim as a header value. It must never become a second header, a second list item or an invalid byte.
 */
import type { HeaderEncoding, HeaderFormat } from '../config/identity-headers.ts'
import type { ClaimValue } from '../tokens/claims.ts'

const separators = {
  csv: [',', '%2C'],
  pipe: ['|', '%7C'],
  space: [' ', '%20'],
} as const satisfies Record<Exclude<HeaderFormat, 'json'>, readonly [separator: string, escaped: string]>

/**
 * Returns undefined when there is nothing to send: the claim is absent, null or empty. No encoding lets a control
 * character through.
 */
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
  if (isList(claim) && format !== 'json') return joinItems(claim, separators[format], encoding)
  const text = typeof claim === 'object' ? JSON.stringify(claim) : String(claim)
  return encoding === 'percent' || encoding === 'utf8' ? keepPercent(text, encoding) : text
}

function joinItems(
  items: readonly ClaimValue[],
  [separator, escaped]: readonly [string, string],
  encoding: HeaderEncoding,
): string {
  const texts = items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
  return texts.map((text) => keepBlanks(keepPercent(text, encoding)).replaceAll(separator, escaped)).join(separator)
}

/** Readers drop blanks around an item of a list (RFC 9110 section 5.6.1): ` admin` must not arrive as `admin`. */
function keepBlanks(item: string): string {
  const bare = item.trim()
  if (bare.length === item.length) return item
  const start = item.length - item.trimStart().length
  return percentEncode(item.slice(0, start)) + bare + percentEncode(item.slice(start + bare.length))
}

/**
 * Escapes the sign that begins our escapes: the claim `Zo%C3%AB` must not arrive as `Zoë`, nor `a%2Cb` as `a,b`. Strict
 * decoders also fail at a sign that begins no escape. In `utf8` only what looks like an escape is escaped, because its
 * readers decode nothing unless they have to.
 */
function keepPercent(text: string, encoding: HeaderEncoding): string {
  if (!text.includes('%')) return text
  return encoding === 'utf8' ? text.replace(/%(?=[0-9A-Fa-f]{2})/g, '%25') : text.replaceAll('%', '%25')
}

function isList(claim: ClaimValue): claim is readonly ClaimValue[] {
  return Array.isArray(claim)
}

/** Text that needs no encoding, as most claims do not. One test is cheaper than two searches. */
const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
// Leading and trailing spaces as well: HTTP would drop them, and two names would become one.
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
 * Text with a character for each byte of its UTF-8 form: Node writes header strings as Latin-1, so exactly these bytes
 * are sent. The result is one flat string of one byte a character, because it is kept with the token.
 */
function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** RFC 2045 section 6.7 without line breaks. Grafana decodes it when `headers_encoded` is set. */
function quotedPrintable(bytes: Uint8Array): string {
  return bytes.reduce((all, byte) => all + (isQuotable(byte) ? String.fromCharCode(byte) : `=${hex(byte)}`), '')
}

function isQuotable(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== 0x3d
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}
