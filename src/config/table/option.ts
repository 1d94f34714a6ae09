/**
 * The vocabulary of the option table: what an option is, which types there are, how a key is named in the
 * environment, as a flag and in `Config`. Never holds an option itself.
 */

export type OptionType =
  | {
      readonly kind: 'duration'
      readonly minMs: number
      readonly maxMs: number
      readonly none: boolean
      readonly auto?: true
    }
  | { readonly kind: 'size'; readonly minBytes: number; readonly maxBytes: number; readonly none: boolean }
  | { readonly kind: 'count'; readonly min: number; readonly max: number; readonly word?: 'none' | 'auto' }
  | { readonly kind: 'rate' }
  /** From 0 to 1. */
  | { readonly kind: 'share' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'string' }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'address' }
  | { readonly kind: 'upstream' }
  | { readonly kind: 'url' }
  | { readonly kind: 'file' }
  | { readonly kind: 'cidr' }
  | { readonly kind: 'list'; readonly of: OptionType; readonly min: number }
  /** A text, or a list of texts that is not empty; always a list in `Config`. */
  | { readonly kind: 'texts' }
  /** A text, a truth value or a whole number, or a list of them that is not empty; always a list of texts in `Config`. */
  | { readonly kind: 'scalars' }
  /** A mapping with names of the user's own. */
  | { readonly kind: 'map'; readonly of: { readonly kind: 'texts' | 'scalars' } }
  /** A list of mappings; their keys are options of their own: `routes[].path`. */
  | { readonly kind: 'objects' }

/** A value as a user writes it, with its unit. */
export type Written = string | number | boolean | readonly string[]

type WrittenMap = Readonly<Record<string, string | readonly string[]>>

export interface Option {
  /** Dotted key; `[]` stands for the items of a list of mappings (`routes[].path`). */
  readonly path: string
  readonly type: OptionType
  /** One sentence, Markdown. */
  readonly doc: string
  /** Without a default the key is not set unless the user sets it. */
  readonly default?: Written
  readonly example?: Written | WrittenMap
  readonly required?: true
  /** A shorter name outside the file: `clientId` → COGATE_CLIENT_ID, --client-id. */
  readonly alias?: string
  /**
   * For a field of a list: what the only item of the list is called outside the file. `userPools[].id` with `userPool`
   * is COGATE_USER_POOL_ID. Without it the field is only set with the whole list.
   */
  readonly onlyItem?: string
  /** Advice instead of the example where a message could only tell to write the example, which nobody can use. */
  readonly noHint?: string
  /** The shortest item of its list has the key although it is not required. */
  readonly inSample?: true
  /**
   * An empty variable counts as not set. Only for a key that demands, limits and protects nothing: without the mark an
   * empty variable is an error, so that no demand vanishes with its value.
   */
  readonly mayBeEmpty?: true
  /** The example file shows the key although it has no default. */
  readonly inExample?: true
  /** Never shown, and has no flag. Also read from the file that the variable `COGATE_<KEY>_FILE` names. */
  readonly secret?: true
}

/** 24 days: a timer of Node waits 2^31 ms at most, which is less than 25 days. */
const MAX_DURATION_MS = 24 * 86_400_000
const MAX_COUNT = 1_000_000_000

export function duration(minMs = 1, maxMs = MAX_DURATION_MS): OptionType {
  return { kind: 'duration', minMs, maxMs, none: false }
}

export function durationOrNone(minMs: number): OptionType {
  return { kind: 'duration', minMs, maxMs: MAX_DURATION_MS, none: true }
}

/** `auto` stays a word in `Config`, because what it stands for is found out at run time. */
export function durationOrAutoOrNone(minMs: number): OptionType {
  return { kind: 'duration', minMs, maxMs: MAX_DURATION_MS, none: true, auto: true }
}

export function size(minBytes: number, maxBytes: number): OptionType {
  return { kind: 'size', minBytes, maxBytes, none: false }
}

export function sizeOrNone(minBytes: number, maxBytes: number): OptionType {
  return { kind: 'size', minBytes, maxBytes, none: true }
}

export function count(max = MAX_COUNT, min = 1): OptionType {
  return { kind: 'count', min, max }
}

export function countOrNone(): OptionType {
  return { kind: 'count', min: 1, max: MAX_COUNT, word: 'none' }
}

/** `auto` stays a word in `Config`, because the number it stands for depends on the machine. */
export function countOrAuto(max: number): OptionType {
  return { kind: 'count', min: 1, max, word: 'auto' }
}

export function oneOf(...values: readonly string[]): OptionType {
  return { kind: 'enum', values }
}

/** `min` 1 refuses an empty list, which one user would read as "nobody" and the next as "everybody". */
export function listOf(of: OptionType, min = 0): OptionType {
  return { kind: 'list', of, min }
}

export const boolean: OptionType = { kind: 'boolean' }
export const rate: OptionType = { kind: 'rate' }
export const share: OptionType = { kind: 'share' }
export const string: OptionType = { kind: 'string' }
export const file: OptionType = { kind: 'file' }
export const url: OptionType = { kind: 'url' }
export const objects: OptionType = { kind: 'objects' }
const texts = { kind: 'texts' } as const
export const map: OptionType = { kind: 'map', of: texts }
export const mapOfScalars: OptionType = { kind: 'map', of: { kind: 'scalars' } }

/** The words that a size or a duration may be in place of a number. */
export function wordsOf(type: { readonly none: boolean; readonly auto?: true }): readonly string[] {
  return [...(type.auto ? ['auto'] : []), ...(type.none ? ['none'] : [])]
}

/** The type of what stands at `segment` inside a value; undefined where nothing may stand. */
export function typeInside(type: OptionType, segment: string | number): OptionType | undefined {
  if (typeof segment === 'string') return type.kind === 'map' ? type.of : undefined
  if (type.kind === 'texts' || type.kind === 'scalars') return string
  return type.kind === 'list' ? type.of : undefined
}

/** True for `routes[].path`, false for `routes`. */
export function isField(option: Option): boolean {
  return option.path.includes('[].')
}

/** The names of an option never change, and every load of a configuration asks for all of them. */
function once<Name>(spell: (option: Option) => Name): (option: Option) => Name {
  const spelt = new WeakMap<Option, Name>()
  return (option) => {
    const known = spelt.get(option)
    if (known !== undefined) return known
    const name = spell(option)
    spelt.set(option, name)
    return name
  }
}

/** The variables that set the option, the full name first; none for fields that are only set with their list. */
export const envNames = once((option): readonly string[] =>
  outsideNames(option).map((name) => `COGATE_${splitWords(name, '_').toUpperCase()}`),
)

/** The flags that set the option, with dashes, the full name first; none for secrets: anyone can see a command line. */
export function flagNames(option: Option): readonly string[] {
  return option.secret ? [] : spellFlags(option)
}

/** The flags as users would write them, also those of secrets, which are refused. */
export const spellFlags = once((option): readonly string[] =>
  outsideNames(option).map((name) => `--${splitWords(name, '-').toLowerCase()}`),
)

/** The option's names as dotted keys, the full name first; none for fields that are only set with their list. */
function outsideNames(option: Option): readonly string[] {
  if (isField(option) && option.onlyItem === undefined) return []
  const name = option.onlyItem === undefined ? option.path : option.path.replace(/^.*\[\]/, option.onlyItem)
  return option.alias === undefined ? [name] : [name, option.alias]
}

/** `upstream.connectTimeout` → upstream, connect, Timeout, joined. */
function splitWords(name: string, separator: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, `$1${separator}$2`).replaceAll('.', separator)
}

/** The option's own name in `Config`: durations end in `Ms`, sizes in `Bytes`. */
export const configName = once(({ path, type }) => {
  const name = path.split('.').at(-1) ?? ''
  if (type.kind === 'duration') return `${name}Ms`
  return type.kind === 'size' && !name.endsWith('Bytes') ? `${name}Bytes` : name
})
