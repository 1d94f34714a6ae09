/**
 * Where a value stands and how to write a better one there. Every text that reaches a ConfigIssue passes `showText`:
 * no control character, no token, no password, no client secret gets through.
 */
import type { KeyPath } from '../table/key.ts'
import { yaml } from '../yaml.ts'

export interface Place {
  readonly kind: 'file' | 'object' | 'environment' | 'flag' | 'unset'
  /** `file:line:column`, what an object is called, `COGATE_X`, `--x`; for `unset` the variable that would set it, or ''. */
  readonly name: string
  /** The value as the user wrote it. */
  readonly text: string
  /** Written as YAML: in a file, or inside a variable or flag that holds YAML. */
  readonly yaml: boolean
  /** Of a key that is not set: the whole key is written, because nothing of the mapping that holds it is there. */
  readonly whole?: true
}

const SHOWN_CHARACTERS = 80

export function formatSource(place: Place): string {
  if (place.kind === 'unset') return 'not set'
  return hasOwnName(place) ? place.name : `${place.kind} ${place.name}`
}

/** A whole document, in which a key may stand without a value. */
export function hasOwnName({ kind }: Pick<Place, 'kind'>): boolean {
  return kind === 'file' || kind === 'object'
}

/** A line that the user can copy to that place. */
export function writeLine(place: Place, path: KeyPath, value: unknown): string {
  if (place.kind === 'object') return `${keyOf(path)}${JSON.stringify(value)}`
  if (place.whole) return writeYaml(nest(path, value)).replace(/^\{(.*)\}$/s, '$1')
  if (place.yaml || place.name === '') {
    return `${typeof path.at(-1) === 'string' ? keyOf(path) : '- '}${writeYaml(value)}`
  }
  const text = quoteForShell(writeText(value))
  return place.kind === 'flag' ? `${place.name} ${text}` : `${place.name}=${text}`
}

/** The mapping in which `value` stands at `path`, which names no item of a list. */
function nest(path: KeyPath, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
}

/** Nothing for an item of a list. */
function keyOf(path: KeyPath): string {
  const last = path.at(-1)
  return typeof last === 'string' ? `${last}: ` : ''
}

/** As a variable or a flag takes it. */
export function writeText(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',')
  return typeof value === 'string' ? value : writeYaml(value)
}

/** One line of YAML. */
export function writeYaml(value: unknown): string {
  return yaml().stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trimEnd()
}

export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./*-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** The text on one line, without tokens, passwords and long runs of letters and digits, which may grant access. */
export function showText(text: string): string {
  return text
    .replaceAll(/eyJ[\w-]{8,}[\w.-]*/g, '(a token)')
    .replaceAll(/\b[a-z0-9]{40,}\b/g, (run) => `(${run.length} characters, not shown)`)
    .replaceAll(/:\/\/[^/\s@]*@/g, '://***@')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, escapeCharacter)
}

/** At most 80 characters. */
export function shorten(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return text
  // The cut must not leave half a surrogate pair.
  return `${text.slice(0, SHOWN_CHARACTERS - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function escapeCharacter(character: string): string {
  const escaped = JSON.stringify(character).slice(1, -1)
  if (escaped !== character) return escaped
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}
