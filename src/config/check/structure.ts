/**
 * Tells what is wrong with how a layer is built: the fault, what belongs there, how to write it.
 */
import type { Issues, Problem } from '../issues/issues.ts'
import type { Place } from '../issues/place.ts'
import { suggestValue } from '../issues/suggest.ts'
import type { Layer } from '../read/layer.ts'
import { getIn, isMapping } from '../read/layer.ts'
import type { KeyPath } from '../table/key.ts'
import { childrenOf, findOption } from '../table/key.ts'
import type { OptionType } from '../table/option.ts'
import { expectType } from '../table/type-text.ts'
import { DURATION, SIZE } from '../table/units.ts'
import { parseValue, TEXT } from '../table/values.ts'
import { describeUnknown } from './unknown-key.ts'

export function checkStructure(layer: Layer, issues: Issues): void {
  for (const fault of findFaults(layer.data)) reportFault(fault, layer, issues)
}

function reportFault({ kind, path }: Fault, layer: Layer, issues: Issues): void {
  const place = layer.locate(path)
  const raw = getIn(layer.data, path)
  if (kind === 'misfit') {
    const isEmpty = raw === null && place.kind === 'file'
    issues.addBroken(isEmpty ? describeEmpty(path, place) : describeMisfit(path, place), place)
  } else {
    const content = { raw, text: place.text }
    issues.add(describeUnknown(path, content), layer.locate(path, 'key'))
  }
}

/** A demand that has lost its value (`groups:`) must not pass for no demand. What stands at the place is its key. */
function describeEmpty(path: KeyPath, place: Place): Problem {
  return { ...describeMisfit(path, { ...place, text: '' }), found: 'a key without a value' }
}

function describeMisfit(path: KeyPath, place: Place): Problem {
  if (path.length === 0) return { path, expected: 'a mapping of keys', line: 'listen: 0.0.0.0:8181' }
  const found = findOption(path)
  if (found && found.type.kind !== 'objects') {
    return { path, expected: expectType(found.type), write: suggestValue(found.option, found.type, place.text) }
  }
  const inside = found ? [...path, 0] : path
  const keys = childrenOf(inside)
  const mapping = sampleMapping(inside, keys)
  const expected = `a ${found ? 'list of mappings' : 'mapping'} with the keys ${keys.join(', ')}`
  return { path, expected, write: found ? [mapping] : mapping }
}

function sampleMapping(path: KeyPath, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const [first = ''] = keys
  const option = findOption([...path, first])?.option
  return { [first]: option?.example ?? option?.default }
}

export type Shape =
  | { readonly kind: 'mapping'; readonly keys: ReadonlyMap<string, Shape> }
  | { readonly kind: 'list'; readonly item: Shape; readonly min: number }
  | { readonly kind: 'scalar'; readonly type: OptionType }

/** A whole configuration. */
const CONFIGURATION: Shape = mappingAt([])

function mappingAt(path: KeyPath): Shape {
  const keys = childrenOf(path).map((key) => [key, shapeAt([...path, key])] as const)
  return { kind: 'mapping', keys: new Map(keys) }
}

function shapeAt(path: KeyPath): Shape {
  const option = findOption(path)?.option
  if (option === undefined) return mappingAt(path)
  if (option.type.kind === 'objects') return { kind: 'list', item: mappingAt([...path, 0]), min: 0 }
  return shapeOf(option.type)
}

function shapeOf(type: OptionType): Shape {
  if (type.kind !== 'list') return { kind: 'scalar', type }
  return { kind: 'list', item: shapeOf(type.of), min: type.min }
}

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
