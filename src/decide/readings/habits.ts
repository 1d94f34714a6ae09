/**
 * What servers do to a path before they look for the page. Each is done to the whole path; what several of them make of it, in
 * any order, is a reading too. Letter case is not among them, because none of them depends on it: the matcher looks at both cases.
 */
import type { PathForm } from '../../config/config.ts'
import { decodeEscapes, dropInvalidEscapes } from '../../config/paths/escapes.ts'
import { decodeButSlashes, decodeUnicodeEscapes, shortenOverlong } from './escapes.ts'

export interface Habit {
  readonly form: PathForm
  /** Text without it stays as it is. `odd character`: text of visible ASCII stays as it is. */
  readonly mark: string
  /** It decodes escapes. Once more, it is `doubleEncoded`. */
  readonly decodes?: true
  /** What comes of it is no reading itself, but readings come of that. */
  readonly isHidden?: true
  readonly read: (text: string) => string
}

export const decoding: Habit = { form: 'encodedSlash', mark: '%', decodes: true, read: decodeEscapes }

/** Done also where `doubleEncoded` is allowed: the first decoding of a service that knows encoded slashes. */
export const decodingButSlash: Habit = { form: 'doubleEncoded', mark: '%', decodes: true, read: decodeButSlashes }

const slashing: Habit = { form: 'backslash', mark: '\\', read: (text) => text.replaceAll('\\', '/') }
const dropping: Habit = { form: 'semicolon', mark: ';', read: (text) => text.replaceAll(/;[^/]*/g, '') }
const merging: Habit = { form: 'doubleSlash', mark: '//', read: (text) => text.replaceAll(/\/{2,}/g, '/') }

export const habits: readonly Habit[] = [
  decoding,
  decodingButSlash,
  // Classic ASP and ASP.NET. As it came such a path is refused in any case, so this is a second decoding.
  { form: 'doubleEncoded', mark: '%', decodes: true, read: decodeUnicodeEscapes },
  { form: 'unicode', mark: '%', read: shortenOverlong },
  { form: 'unicode', mark: '%', read: dropInvalidEscapes },
  slashing,
  dropping,
  // RFC 2396 section 3.3 had them in every segment, RFC 1808 section 2.1 in the last one, and some cut the path there.
  { form: 'semicolon', mark: ';', read: (text) => cutAt(text, ';', text.lastIndexOf('/')) },
  { form: 'semicolon', mark: ';', read: (text) => cutAt(text, ';') },
  // Sessions of ASP.NET: /(S(lit3py55t21z5v55vlm25s55))/page, and (A(…)S(…)F(…)).
  { form: 'semicolon', mark: '/(', read: (text) => text.replaceAll(/(?<=\/)\((?:[a-z]\([^()/]*\))+\)\/?/gi, '') },
  merging,
  // A reference without a scheme (RFC 3986 section 4.2): URL parsers take what follows two slashes for a host.
  { form: 'doubleSlash', mark: '//', read: (text) => text.replace(/^\/{2,}[^/]+/, '') || '/' },
  { form: 'dotSegments', mark: '/.', read: resolveDots },
  { form: 'unicode', mark: 'odd character', read: (text) => text.normalize('NFKC') },
  // HFS+, and case folding of identifiers (Unicode section 3.13, NFKC_Casefold).
  { form: 'unicode', mark: 'odd character', read: (text) => text.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '') },
  { form: 'unicode', mark: 'odd character', read: (text) => text.replaceAll(/[¥₩⁄∕∖]/g, fitCodePage) },
  { form: 'plus', mark: '+', read: (text) => text.replaceAll('+', ' ') },
  { form: 'trailingSpaces', mark: ' ', read: (text) => stripEnds(text, ' ') },
  { form: 'encodedControl', mark: 'odd character', read: (text) => text.replaceAll(/\p{Cc}/gu, '') },
  { form: 'trailingSpaces', mark: 'odd character', read: trimSegments },
  { form: 'trailingDots', mark: '.', read: (text) => stripEnds(text, '. ') },
  // NTFS: the file itself as one of its streams.
  { form: 'trailingDots', mark: ':$', read: (text) => text.replaceAll(stream, '') },
  { form: 'encodedNul', mark: '\0', read: (text) => cutAt(text, '\0') },
  { form: 'encodedControl', mark: '\n', read: (text) => cutAt(text, '\n') },
  { form: 'encodedControl', mark: '\r', read: (text) => cutAt(text, '\r') },
  { form: 'encodedHash', mark: '#', read: (text) => cutAt(text, '#') },
  { form: 'encodedQuestion', mark: '?', read: (text) => cutAt(text, '?') },
]

/** What a service does to a path whose form is allowed, in this order. */
const allowedWays: readonly Habit[] = [decoding, slashing, dropping, merging]

/**
 * An allowed form is not looked for, but other forms may be hidden behind it: a service that drops parameters finds `..` in `/..;/`,
 * and resolves it. Undefined: no such form is allowed.
 */
export function waysOf(allowed: ReadonlySet<PathForm>): Habit | undefined {
  const ways = allowedWays.filter(({ form }) => allowed.has(form))
  const [first] = ways
  if (first === undefined) return undefined
  const read = (text: string): string => ways.reduce((path, way) => way.read(path), text)
  return { form: first.form, mark: '/', isHidden: true, read, ...(first === decoding && { decodes: true }) }
}

const stream = /:[^/:]*:\$(?:data|index_allocation)(?=\/|$)/gi

/** Code pages 932, 949 and 1252 of Windows have no such characters, and take the nearest ones. */
function fitCodePage(character: string): string {
  return character === '\u2044' || character === '\u2215' ? '/' : '\\'
}

/** RFC 3986 section 5.2.4. Empty segments are segments. */
function resolveDots(text: string): string {
  if (!/\/\.{1,2}(?:\/|$)/.test(text)) return text
  const kept: string[] = []
  const segments = text.split('/').slice(1)
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  const isFolder = /\/\.{1,2}$/.test(text)
  return `/${kept.join('/')}${isFolder && kept.length > 0 ? '/' : ''}`
}

/** By hand: as an expression it would look at a long run of dots once for each of them. */
function stripEnds(text: string, dropped: string): string {
  if (!/[. ](?:\/|$)/.test(text)) return text
  return eachSegment(text, (segment) => {
    let end = segment.length
    while (end > 0 && dropped.includes(segment.charAt(end - 1))) end--
    return segment.slice(0, end)
  })
}

const blank = /[\s\p{Cc}]/u

/** Without blanks and control characters at both ends of a segment. */
function trimSegments(text: string): string {
  if (!blank.test(text)) return text
  return eachSegment(text, (segment) => {
    let start = 0
    let end = segment.length
    while (end > 0 && blank.test(segment.charAt(end - 1))) end--
    while (start < end && blank.test(segment.charAt(start))) start++
    return segment.slice(start, end)
  })
}

function eachSegment(text: string, read: (segment: string) => string): string {
  return text
    .split('/')
    .map((segment) => read(segment))
    .join('/')
}

function cutAt(text: string, mark: string, from = 0): string {
  const at = text.indexOf(mark, from)
  return at === -1 ? text : text.slice(0, at)
}
