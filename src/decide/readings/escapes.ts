/** Escapes that decoders treat differently: encoded slashes, UTF-8 that is too long or none, and `%uXXXX`. */
import { decodeEscapes } from '../../config/paths/escapes.ts'

/** An encoded slash is decoded to itself, and everything else to what it means. */
export function decodeButSlashes(text: string): string {
  return decodeEscapes(text.replaceAll(/%(?=2f)/gi, '%25'))
}

/** UTF-8 with more bytes than a character needs (RFC 3629 section 3): old decoders took `%C0%AE` for a dot. */
const overlong = /%(?:fc%80%80%80%8[01]|f8%80%80%8[01]|f0%80%8[01]|e0%8[01]|c[01])%[89ab][0-9a-f]/gi

/** Escapes each ASCII character that is spelled with too many bytes as itself. */
export function shortenOverlong(text: string): string {
  return text.replaceAll(overlong, shortenEscape)
}

/** The last two bytes hold the seven bits of an ASCII character. */
function shortenEscape(escapes: string): string {
  const high = Number.parseInt(escapes.slice(-5, -3), 16) & 1
  const low = Number.parseInt(escapes.slice(-2), 16) & 0x3f
  return `%${((high << 6) | low).toString(16).padStart(2, '0')}`
}

/** The text has an escape that is overlong. */
export function isOverlong(text: string): boolean {
  return text.search(overlong) !== -1
}

/** `%u0061` is `a`, and half of a surrogate pair is a character. */
export function decodeUnicodeEscapes(text: string): string {
  return text.replaceAll(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
