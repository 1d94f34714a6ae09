/**
 * Walks a document along the option table: keys it does not know, values of the wrong type, units spelled wrong. A
 * document passes when the rendered JSON Schema accepts it; whether a well-built value makes sense is judged later.
 */
import type { KeyPath } from './key.ts'
import { isMapping } from './layer.ts'
import type { OptionType } from './option.ts'
import { CONFIGURATION, type Shape } from './shape.ts'
import { DURATION, SIZE } from './units.ts'
import { parseValue, TEXT } from './values.ts'

export interface Fault {
  /** `unknown`: no key of the table; `misfit`: not what belongs at this key. */
  readonly kind: 'unknown' | 'misfit'
  readonly path: KeyPath
}

/** In the order of the document, and once: nothing below an unknown key or a misfit is looked at. */
export function findFaults(data: unknown): Iterable<Fault> {
  return walk(CONFIGURATION, data, [])
}

function* walk(shape: Shape, value: unknown, path: KeyPath): Generator<Fault> {
  if (!fits(shape, value)) yield { kind: 'misfit', path }
  else if (shape.kind === 'list' && Array.isArray(value)) yield* walkItems(shape.item, value, path)
  else if (shape.kind === 'mapping' && isMapping(value)) yield* walkKeys(shape.keys, value, path)
}

function* walkItems(item: Shape, items: readonly unknown[], path: KeyPath): Generator<Fault> {
  for (const [index, value] of items.entries()) yield* walk(item, value, [...path, index])
}

function* walkKeys(
  keys: ReadonlyMap<string, Shape>,
  mapping: Readonly<Record<string, unknown>>,
  path: KeyPath,
): Generator<Fault> {
  for (const [key, value] of Object.entries(mapping)) {
    const shape = keys.get(key)
    if (shape === undefined) yield { kind: 'unknown', path: [...path, key] }
    // A text that could not be read has been reported already.
    else if (value !== undefined) yield* walk(shape, value, [...path, key])
  }
}

function fits(shape: Shape, value: unknown): boolean {
  if (shape.kind === 'mapping') return isMapping(value)
  if (shape.kind === 'list') return Array.isArray(value) && value.length >= shape.min
  return isSpelled(shape.type, value)
}

/** The bounds of durations and sizes, and what a text says, are not looked at. */
function isSpelled(type: OptionType, value: unknown): boolean {
  switch (type.kind) {
    case 'duration':
      return isText(value, DURATION) || (type.none && value === 'none')
    case 'size':
      return isText(value, SIZE) || (type.none && value === 'none')
    case 'count':
    case 'rate':
    case 'boolean':
    case 'enum':
      return parseValue(type, value).problems.length === 0
    default:
      return isText(value, TEXT)
  }
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}
