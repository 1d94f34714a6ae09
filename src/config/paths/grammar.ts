/**
 * The grammar of configured paths: literals, `:name`, a final `*`. A literal is accepted only in the one form in which
 * a request can arrive: a rule for any other spelling would never match.
 */
import { readForeignPath } from './foreign-pattern.ts'

export interface PathFault {
  readonly expected: string
  /** The path that was probably meant. */
  readonly write: string
  /** `write` matches more paths than the user's path: never suggest it for a rule that lets anonymous callers in. */
  readonly isWider: boolean
}

type Correction = Omit<PathFault, 'isWider'> & Partial<PathFault>

/** RFC 3986 section 3.3 without `;` `*` `(` `)`. A `:` begins a parameter only at the start of a segment. */
const LITERAL = /^(?:[A-Za-z0-9\-._~!$&'+,=:@]|%[0-9A-F]{2})*$/
const PARAMETER = /^:[A-Za-z_]\w*$/

/** Requests that hold one of these are refused as path_ambiguous: / \ # ? % ; and control characters. */
const REFUSED_ESCAPE = /%(?:2F|5C|23|3F|25|3B|[01][0-9A-F]|7F)/i

/** RFC 3986 section 2.3: letters, digits, - . _ ~ mean the same whether they are encoded or not. */
const UNRESERVED_ESCAPE = /%(?:2[DE]|5F|7E|3\d|[46][1-9A-F]|[57][0-9A])/i
/** What `encodeURIComponent` encodes although a path may hold it as it is. */
const BARE_IN_PATHS = /%(?:24|26|2B|2C|3A|3D|40)/g

/** Undefined when `path` follows the grammar. */
export function findPathFault(path: string): PathFault | undefined {
  const fault = findFirstFault(path)
  if (!fault) return undefined
  let { write, isWider = false } = fault
  // One correction can uncover the next: /%2e%2e becomes a dot segment.
  for (let next = findFirstFault(write); next && next.write !== write; next = findFirstFault(write)) {
    write = next.write
    isWider ||= next.isWider === true
  }
  return { expected: fault.expected, write, isWider }
}

function findFirstFault(path: string): Correction | undefined {
  const own = readForeignPath(path)
  if (own) return { expected: 'a path of literals, parameters as :name and a final *, without patterns', ...own }
  if (!path.startsWith('/')) {
    const [, behindHost] = /^https?:\/\/[^/?#]*(.*)$/is.exec(path) ?? []
    // Without the host that the address names it is for every host.
    const isWider = behindHost !== undefined
    return { expected: 'a path that begins with /', write: withSlash(behindHost ?? path), isWider }
  }
  if (/[?#]/.test(path)) {
    return { expected: 'a path without query or fragment', write: path.replace(/[?#].*$/s, ''), isWider: true }
  }
  if (path.includes('\\')) return { expected: 'a path with / between its segments', write: path.replaceAll('\\', '/') }
  if (path.includes(';')) return { expected: 'a path without ; parameters', write: path.replaceAll(/;[^/]*/g, '') }
  if (path.includes('//')) return { expected: 'a path without empty segments', write: path.replaceAll(/\/{2,}/g, '/') }
  const segments = path.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const fault = findSegmentFault(segment, index === segments.length - 1)
    if (fault) return { ...fault, write: `/${segments.with(index, fault.write).join('/')}` }
  }
  return undefined
}

function withSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`
}

function findSegmentFault(segment: string, isLast: boolean): Correction | undefined {
  if (segment === '*') {
    return isLast ? undefined : { expected: 'a * only at the end; within the path write :name', write: ':name' }
  }
  if (segment === '.' || segment === '..') return { expected: 'a path without dot segments', write: '' }
  if (segment.startsWith(':')) {
    const write = `:${segment.replaceAll(/^\W*\d*|\W/g, '') || 'name'}`
    return PARAMETER.test(segment) ? undefined : { expected: 'a parameter as :name, without a pattern', write }
  }
  if (!segment.includes('*')) return findLiteralFault(segment)
  const expected = 'a * only as the whole last segment'
  if (isLast && segment.endsWith('*')) return { expected, write: `${segment.replaceAll('*', '')}/*` }
  return { expected, write: ':name', isWider: true }
}

function findLiteralFault(segment: string): Correction | undefined {
  const decoded = decode(segment)
  if (decoded === undefined || REFUSED_ESCAPE.test(segment)) {
    const expected = 'a path that a request can have: valid UTF-8, no encoded / \\ # ? % ; or control character'
    return { expected, write: segment.replaceAll(/%.{0,2}|\p{Cs}/gu, '') }
  }
  const normal = decoded.normalize('NFKC').replace(/[. ]+$/, '')
  if (LITERAL.test(segment) && !UNRESERVED_ESCAPE.test(segment) && normal === decoded) return undefined
  const expected =
    'the form a request arrives in: percent-encoded in capitals only where needed, NFKC, no dot at the end'
  return { expected, write: encodeURIComponent(normal).replaceAll(BARE_IN_PATHS, decodeURIComponent) }
}

/** Undefined when the escapes are not UTF-8, or the text is not Unicode. */
function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(encodeURI(segment).replaceAll('%25', '%'))
  } catch {
    return undefined
  }
}
