/**
 * The folded form of a path: all spellings that a server may take for the same path become one text. Rules that demand
 * something match folded paths. A rule that lets anonymous callers in must never match by its folded path.
 */
import { decodeEscapes } from './escapes.ts'

/** Decoded, NFKC, lower case, no trailing dots or slash, no path parameters. What cannot be decoded stays as it is. */
export function foldPath(path: string): string {
  return foldDecoded(decodePath(path) ?? path)
}

/** Undefined when the escapes are not valid UTF-8: servers disagree on what such a path is. */
function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path).normalize('NFKC')
  } catch {
    return undefined
  }
}

/** Changes the case three times: `ı`, `İ` and `ẞ` become the letters that case-insensitive servers take them for. */
function foldDecoded(decoded: string): string {
  const segments = foldLetters(decoded)
    .split('/')
    .map((segment) => segment.slice(0, stripEnd(segment, segment.indexOf(';'))))
    .filter((segment) => segment !== '')
  return `/${segments.join('/')}`
}

function foldLetters(decoded: string): string {
  if (ascii.test(decoded)) return decoded.toLowerCase()
  const letters = decoded.toLowerCase().toUpperCase().toLowerCase()
  return letters.replace(/i\u0307+/g, 'i').normalize('NFKC')
}

/** Nothing but small letters comes of folding these; a path may have thousands of segments. */
const ascii = /^[ -~]*$/

/** Where a segment ends, cut at `at` and without trailing dots and spaces, which some servers drop. */
function stripEnd(segment: string, at: number): number {
  let end = at === -1 ? segment.length : at
  while (end > 0 && (segment[end - 1] === '.' || segment[end - 1] === ' ')) end--
  return end
}

/** A slash that separates no segments in this reading: an encoded one, or one that NFKC makes. */
const innerSlash = '\u0001'
/** A segment of which folding leaves nothing. It is a segment all the same. */
const emptySegment = '\u0002'

export interface FoldOptions {
  /** Escapes are still to be decoded in this reading. */
  readonly escapes: boolean
  /** The service decodes the path before it looks for slashes. */
  readonly slashes: boolean
  /** The service drops `;parameters`. */
  readonly parameters: boolean
  /** The service drops empty segments. */
  readonly empty: boolean
}

/**
 * The folded form of one reading of a path: letters in every case and every spelling meet, but what would change where
 * segments begin and end is done only where `options` say so.
 */
export function foldReading(text: string, options: FoldOptions): string {
  const segments = foldSegments(text, options)
  const folded = segments.map((letters) => {
    const end = stripEnd(letters, options.parameters ? letters.indexOf(';') : -1)
    return letters.slice(0, end)
  })
  // A slash at the end says nothing.
  if (folded.at(-1) === '' && segments.at(-1) === '') folded.pop()
  const kept = options.empty ? folded.filter((segment) => segment !== '') : folded.map((one) => one || emptySegment)
  return `/${kept.join('/')}`
}

function foldSegments(text: string, { escapes, slashes }: FoldOptions): readonly string[] {
  const fold = escapes ? foldText : foldLetters
  const folded = fold(text).split('/')
  const own = text.split('/')
  // As many slashes as before: none was encoded, so each segment is that of the text.
  if (slashes || folded.length === own.length) return folded.slice(1)
  if (text.includes(separator)) return own.slice(1).map((segment) => fold(segment).replaceAll('/', innerSlash))
  return fold(text.replaceAll('/', separator)).replaceAll('/', innerSlash).split(separator).slice(1)
}

/** In the place of a slash, so that a path is folded at once. Half of a character: no decoding and no folding makes one. */
const separator = '\ud800'

/** Decoded once, every letter in one case and one spelling. */
function foldText(text: string): string {
  return foldLetters(decodeEscapes(text))
}
