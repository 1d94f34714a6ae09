/**
 * Parses one value as the user wrote it into the value that `Config` holds: milliseconds, bytes, addresses. Never
 * compares two values: check/rules.ts does.
 */

import type { ListenAddress, RateConfig } from '../config.ts'
import { formatAddress, parseAddress, parseCidr, parseHttpUrl, parseUpstream } from './addresses.ts'
import type { KeyPath } from './key.ts'
import type { OptionType } from './option.ts'
import { listOf, string } from './option.ts'
import { formatDuration, formatRate, formatSize, parseDuration, parseRate, parseSize } from './units.ts'

export interface ParsedValue {
  /** Undefined for `none`, and whenever there are problems. */
  readonly value: unknown
  /** The places inside the value that are wrong; [] is the value itself. */
  readonly problems: readonly KeyPath[]
}

/** Not empty, one line, no blanks around it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL would end a file name early
export const TEXT = /^\S(?:[^\r\n\x00]*\S)?$/

const WRONG: ParsedValue = { value: undefined, problems: [[]] }

export function parseValue(type: OptionType, raw: unknown): ParsedValue {
  if (type.kind === 'list') return parseList(type, raw)
  if (type.kind === 'texts') return parseTexts(raw)
  if (type.kind === 'scalars') return parseTexts(writeScalars(raw))
  if (type.kind === 'map') return parseMap(type, raw)
  if (type.kind === 'boolean') return typeof raw === 'boolean' ? good(raw) : WRONG
  if ((type.kind === 'size' || type.kind === 'duration') && type.none && raw === 'none') return good(undefined)
  if (type.kind === 'duration' && type.auto && raw === 'auto') return good(raw)
  if (type.kind === 'count' || type.kind === 'share') return parseNumber(type, raw)
  return typeof raw === 'string' ? parseText(type, raw) : WRONG
}

function parseNumber(type: OptionType & { readonly kind: 'count' | 'share' }, raw: unknown): ParsedValue {
  if (type.kind === 'share') return within(typeof raw === 'number' ? raw : undefined, 0, 1)
  if (type.word !== undefined && raw === type.word) return good(raw === 'none' ? undefined : raw)
  return within(Number.isSafeInteger(raw) ? Number(raw) : undefined, type.min, type.max)
}

function parseText(type: OptionType, text: string): ParsedValue {
  switch (type.kind) {
    case 'duration':
      return within(parseDuration(text), type.minMs, type.maxMs)
    case 'size':
      return within(parseSize(text), type.minBytes, type.maxBytes)
    case 'rate':
      return defined(parseRate(text))
    case 'enum':
      return type.values.includes(text) ? good(text) : WRONG
    case 'address':
      return defined(parseAddress(text))
    case 'upstream':
      return defined(parseUpstream(text))
    case 'url':
      return parseHttpUrl(text) ? good(text) : WRONG
    case 'cidr':
      return defined(parseCidr(text))
    default:
      return TEXT.test(text) ? good(text) : WRONG
  }
}

function parseList(type: OptionType & { readonly kind: 'list' }, raw: unknown): ParsedValue {
  if (!Array.isArray(raw) || raw.length < type.min) return WRONG
  const items = raw.map((item: unknown) => parseValue(type.of, item))
  const problems = items.flatMap((item, index) => item.problems.map((path) => [index, ...path]))
  return { value: items.map((item) => item.value), problems }
}

const LIST_OF_TEXTS = listOf(string, 1)

function parseTexts(raw: unknown): ParsedValue {
  if (typeof raw !== 'string') return parseValue(LIST_OF_TEXTS, raw)
  return TEXT.test(raw) ? good([raw]) : WRONG
}

/** A number beyond the safe ones has lost digits already, so it has to be written as a text. */
function writeScalars(raw: unknown): unknown {
  if (Array.isArray(raw)) return raw.map((item: unknown) => writeScalar(item))
  return writeScalar(raw)
}

function writeScalar(raw: unknown): unknown {
  return typeof raw === 'boolean' || Number.isSafeInteger(raw) ? String(raw) : raw
}

function parseMap(type: OptionType & { readonly kind: 'map' }, raw: unknown): ParsedValue {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return WRONG
  const parsed = Object.entries(raw).map(([name, value]) => [name, parseValue(type.of, value)] as const)
  const problems = parsed.flatMap(([name, value]) => value.problems.map((path) => [name, ...path]))
  return { value: Object.fromEntries(parsed.map(([name, { value }]) => [name, value])), problems }
}

/** A `Config` value as the user would write it; undefined for a value that is not set. */
export function writeValue(type: OptionType, value: unknown): unknown {
  if (value === undefined) return mayBeNone(type) ? 'none' : undefined
  switch (type.kind) {
    case 'duration':
      return value === 'auto' ? value : formatDuration(Number(value))
    case 'size':
      return formatSize(Number(value))
    case 'rate':
      return formatRate(value as RateConfig)
    case 'address':
      return formatAddress(value as ListenAddress)
    default:
      return value
  }
}

/** `none` and a key that is not set are both undefined in `Config`. */
function mayBeNone(type: OptionType): boolean {
  if (type.kind === 'count') return type.word === 'none'
  return (type.kind === 'duration' || type.kind === 'size') && type.none
}

function good(value: unknown): ParsedValue {
  return { value, problems: [] }
}

function defined(value: unknown): ParsedValue {
  return value === undefined ? WRONG : good(value)
}

function within(value: number | undefined, min: number, max: number): ParsedValue {
  return value !== undefined && value >= min && value <= max ? good(value) : WRONG
}
