/**
 * How servers may read one request path: the path as it came, and what decoding, normalising and shortening make of it, in
 * any order and any number. Knows no rules, and never decides which reading is right.
 */
import type { PathForm } from '../config/config.ts'
import { decodeEscapes } from '../config/paths/fold.ts'

/** What some server takes for the path. `%xx` in the text is not decoded in this reading. */
export interface Reading {
  readonly text: string
  /** What a server has to do to read it so; undefined for the path as it came. */
  readonly form: PathForm | undefined
  readonly isDecoded: boolean
}

/** Nobody means more things than this by one path, and looking at them costs time. */
const maxReadings = 64
const maxCharacters = 10 * 1024

interface Habit {
  readonly form: PathForm
  readonly read: (text: string) => string
}

/** Once more, it is `doubleEncoded`. */
const decoding: Habit = { form: 'encodedSlash', read: decodeEscapes }
const decodingButSlash: Habit = {
  form: 'doubleEncoded',
  read: (text) =>
    text
      .split(/(%2f)/i)
      .map((part, at) => (at % 2 === 0 ? decodeEscapes(part) : part))
      .join(''),
}

/** UTF-8 with more bytes than a character needs (RFC 3629 section 3): old decoders took `%C0%AE` for a dot. */
const overlong = /%(?:f0%80%8[01]|e0%8[01]|c[01])%[89ab][0-9a-f]/gi
const decodingOverlong: Habit = {
  form: 'unicode',
  read: (text) => decodeEscapes(text.replaceAll(overlong, shortenEscape)),
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

/**
 * What servers do to a path. Each is done to the whole path; what several of them make of it, in any order, is a reading
 * too. Letter case is not among them, because none of them depends on it: the matcher looks at both cases.
 */
const habits: readonly Habit[] = [
  decoding,
  decodingButSlash,
  decodingOverlong,
  { form: 'backslash', read: (text) => text.replaceAll('\\', '/') },
  { form: 'semicolon', read: (text) => text.replaceAll(/;[^/]*/g, '') },
  { form: 'doubleSlash', read: (text) => text.replaceAll(/\/{2,}/g, '/') },
  { form: 'dotSegments', read: resolveDots },
  { form: 'unicode', read: (text) => text.normalize('NFKC') },
  { form: 'trailingSpaces', read: (text) => stripEnds(text, ' ') },
  { form: 'trailingDots', read: (text) => stripEnds(text, '. ') },
  { form: 'encodedNul', read: (text) => cutAt(text, '\0') },
  { form: 'encodedHash', read: (text) => cutAt(text, '#') },
  { form: 'encodedQuestion', read: (text) => cutAt(text, '?') },
]

interface Derived extends Reading {
  readonly decodings: number
}

/** The path as it came is the first. Undefined: there are too many. */
export function readingsOf(path: string, allowed: ReadonlySet<PathForm>): readonly Reading[] | undefined {
  const own = habits.filter((habit) => habit === decodingButSlash || !allowed.has(habit.form))
  const mostDecodings = allowed.has('doubleEncoded') ? 1 : Number.POSITIVE_INFINITY
  const readings: Derived[] = [{ text: path, form: undefined, isDecoded: false, decodings: 0 }]
  const known = new Set([keyOf({ text: path, isDecoded: false })])
  let characters = path.length
  for (const from of readings) {
    for (const habit of own) {
      const next = derive(from, habit)
      if (known.has(keyOf(next)) || next.decodings > mostDecodings) continue
      characters += next.text.length
      if (known.size === maxReadings || characters > maxCharacters) return undefined
      known.add(keyOf(next))
      readings.push(next)
    }
  }
  return readings
}

/** The same escapes are others where nothing has been decoded yet. */
function keyOf({ text, isDecoded }: Pick<Reading, 'text' | 'isDecoded'>): string {
  return isDecoded && text.includes('%') ? `decoded ${text}` : text
}

function derive(from: Derived, habit: Habit): Derived {
  const decodings = from.decodings + (isDecoding(habit) ? 1 : 0)
  return { text: habit.read(from.text), form: nameForm(from, habit), isDecoded: decodings > 0, decodings }
}

function isDecoding(habit: Habit): boolean {
  return habit === decoding || habit === decodingButSlash || habit === decodingOverlong
}

/** What a decoding brings to light is the form, not the decoding. */
function nameForm(from: Derived, habit: Habit): PathForm {
  if (!isDecoding(habit) || (habit === decodingOverlong && isOverlong(from.text))) return habit.form
  if (from.decodings > 0) return 'doubleEncoded'
  return /%2f/i.test(from.text) ? 'encodedSlash' : (from.form ?? 'encodedSlash')
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
  return text
    .split('/')
    .map((segment) => {
      let end = segment.length
      while (end > 0 && dropped.includes(segment.charAt(end - 1))) end--
      return segment.slice(0, end)
    })
    .join('/')
}

function cutAt(text: string, mark: string): string {
  const at = text.indexOf(mark)
  return at === -1 ? text : text.slice(0, at)
}
