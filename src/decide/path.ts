/**
 * Raw request target to canonical path, or refusal. A path is refused when two servers could read it as two paths;
 * what passes is forwarded byte for byte, so that the path that is matched is the path that is forwarded.
 */
import type { PathAllowance } from '../config/config.ts'
import { decodePath, foldDecoded } from '../config/paths/fold.ts'

export interface CanonicalPath {
  /** As received, without the query. */
  readonly path: string
  /** What protective rules match: decoded, NFKC, lower case, no trailing dots or slash, no path parameters. */
  readonly folded: string
}

/** Undefined: the target is ambiguous (RFC 3986 section 6.2; the classes are listed in docs/security.md). */
export function canonicalisePath(
  target: string,
  allowed: ReadonlySet<PathAllowance> = nothingAllowed,
): CanonicalPath | undefined {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  if (!path.startsWith('/') || target.includes('#')) return undefined
  if (plainPath.test(path)) return { path, folded: path === '/' || !path.endsWith('/') ? path : path.slice(0, -1) }
  if (hasAmbiguousSpelling(path, allowed)) return undefined
  const decoded = decodePath(path)
  if (decoded === undefined || hasAmbiguousMeaning(decoded, allowed)) return undefined
  if (!allowed.has('encodedSlash') && countSegments(decoded) !== countSegments(path)) return undefined
  return { path, folded: foldDecoded(decoded) }
}

const nothingAllowed: ReadonlySet<PathAllowance> = new Set()
// Lower-case segments of plain characters: nothing to decode, fold or doubt.
const plainPath = /^(?:\/[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)*\/?$/
const refusedBytes = /[^\x21-\x7e]|[\\#]/
// Encoded: slash and backslash, # ? %, controls and DEL. Malformed escapes too.
const refusedEscapes = /%(?:5c|23|3f|25|[01][0-9a-f]|7f|(?![0-9a-f]{2}))/i
// Segments of dots and spaces: some file systems read `.. ` as `..`, and folding would drop them.
const dotSegment = /\/[. ]+(?:;[^/]*)?(?:\/|$)/
// NFKC makes delimiters and escapes of their full-width forms.
const refusedMeaning = /[\\#?%\p{Cc}]/u

function hasAmbiguousSpelling(path: string, allowed: ReadonlySet<PathAllowance>): boolean {
  return refusedBytes.test(path) || refusedEscapes.test(path) || (!allowed.has('semicolon') && /;|%3b/i.test(path))
}

/** Looked at after decoding and NFKC: an upstream that normalises must not find another path than we did. */
function hasAmbiguousMeaning(decoded: string, allowed: ReadonlySet<PathAllowance>): boolean {
  return (
    dotSegment.test(decoded) ||
    refusedMeaning.test(decoded) ||
    (!allowed.has('doubleSlash') && decoded.includes('//')) ||
    (!allowed.has('semicolon') && decoded.includes(';'))
  )
}

/** Escapes and NFKC (`%2f`, `／`, `℅`) must not make more segments than the upstream may see. */
function countSegments(path: string): number {
  return path.split('/').length
}
