/**
 * Raw request target to path. What passes is forwarded byte for byte; what no server can read in one way is refused whatever
 * the rules say. Whether the readings of a path matter is for the matcher.
 */
import type { PathForm } from '../config/config.ts'
import { foldReading } from '../config/paths/fold.ts'

export interface RequestPath {
  /** As received, without the query. */
  readonly path: string
  /** What protective rules match. */
  readonly folded: string
  /** Every server reads it in the same way. */
  readonly isPlain: boolean
  /** `path` is in small letters, and rules that let people in are compared so. */
  readonly ignoresCase?: true
}

/** Why a target is refused whatever the rules say. */
export type TargetFault = 'raw byte' | 'number sign' | 'malformed escape' | 'not a path' | 'prefix in another spelling'

export const nothingAllowed: ReadonlySet<PathForm> = new Set()
// Lower-case segments of plain characters: nothing to decode, fold or doubt.
const plainPath = /^(?:\/[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)*\/?$/
const rawBytes = /[^\x21-\x7e]/
const malformedEscape = /%(?![0-9a-f]{2})/i

/** Every server reads the path in the same way. */
export function isPlain(path: string): boolean {
  return plainPath.test(path)
}

/** RFC 9112 section 3.2.1. */
export function readPath(target: string, allowed: ReadonlySet<PathForm> = nothingAllowed): RequestPath | TargetFault {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  if (!path.startsWith('/')) return 'not a path'
  if (target.includes('#')) return 'number sign'
  if (plainPath.test(path)) {
    const folded = path === '/' || !path.endsWith('/') ? path : path.slice(0, -1)
    return { path, folded, isPlain: true }
  }
  if (rawBytes.test(path)) return 'raw byte'
  if (malformedEscape.test(path)) return 'malformed escape'
  return { path, folded: foldAllowing(path, allowed), isPlain: false }
}

/** The folded form of one reading, for a service that reads the allowed forms as this one does. */
export function foldAllowing(text: string, allowed: ReadonlySet<PathForm>, isDecoded = false): string {
  const has = (form: PathForm): boolean => allowed.has(form)
  const escapes = !isDecoded || !has('doubleEncoded')
  return foldReading(text, {
    escapes,
    slashes: has('encodedSlash'),
    parameters: has('semicolon'),
    empty: has('doubleSlash'),
  })
}

/** As rules write their literals: percent-encoded in capitals, only where a URL needs it. */
export function writeExactly(text: string): string {
  if (!inexact.test(text)) return text
  return text
    .toWellFormed()
    .replaceAll(toWrite, (part) => (isEscape.test(part) ? part.toUpperCase() : encodeURIComponent(part)))
}

const inexact = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]|%(?![0-9A-F]{2})/
/** In runs, because a call for each character costs most of a long path. */
const toWrite = /(?:%[0-9A-Fa-f]{2})+|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]+|%/g
const isEscape = /^%./

/** There and back between the cases, as servers do that know no letter case. */
export function lowerLetters(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase()
}
