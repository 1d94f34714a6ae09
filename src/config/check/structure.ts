/**
 * Compares how a layer is built with the option table: unknown keys, and values that are not spelled as their type is.
 * Reports each fault with a line that would be right. Bounds, addresses and paths are judged later, value by value.
 */
import type { Issues, Problem } from '../issues/issues.ts'
import type { Place } from '../issues/place.ts'
import { suggestValue } from '../issues/suggest.ts'
import type { Layer } from '../read/layer.ts'
import { getIn, isMapping } from '../read/layer.ts'
import type { KeyPath } from '../table/key.ts'
import type { OptionType } from '../table/option.ts'
import { wordsOf } from '../table/option.ts'
import type { MappingNode, OptionTable, TableNode } from '../table/option-table.ts'
import { childrenOf, findNode, findOption, sampleOf } from '../table/option-table.ts'
import { TABLE } from '../table/options.ts'
import { expectType } from '../table/type-text.ts'
import { DURATION, SIZE } from '../table/units.ts'
import { parseValue, TEXT } from '../table/values.ts'
import { describeUnknown } from './unknown-key.ts'

export interface StructureContext {
  readonly table: OptionTable
  readonly issues: Issues
}

/** Reports every fault of one layer. Keys that are missing here may be in another layer, so they are no fault. */
export function checkStructure(layer: Layer, { table, issues }: StructureContext): void {
  for (const { kind, path } of findFaults(layer.data, table)) {
    const place = layer.locate(path)
    const raw = getIn(layer.data, path)
    if (kind === 'misfit') issues.addBroken(describeMisfit(path, { raw, place, table }), place)
    else issues.add(describeUnknown(path, { raw, text: place.text }, table), layer.locate(path, 'key'))
  }
}

export interface Fault {
  /** `unknown`: no key of the table; `misfit`: not what belongs at this key. */
  readonly kind: 'unknown' | 'misfit'
  readonly path: KeyPath
}

/**
 * In the order of the document. Nothing below an unknown key or a misfit is looked at, so no fault is below another.
 */
export function findFaults(data: unknown, { root }: OptionTable = TABLE): Iterable<Fault> {
  return walkNode(root, data, [])
}

function* walkNode(node: TableNode, value: unknown, path: KeyPath): Generator<Fault> {
  if (node.kind === 'value') yield* walkValue(node.option.type, value, path)
  else if (node.kind === 'mapping' && isMapping(value)) yield* walkKeys(node, value, path)
  else if (node.kind === 'list' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* walkNode(node.item, item, [...path, index])
  } else yield { kind: 'misfit', path }
}

function* walkKeys({ keys }: MappingNode, mapping: Readonly<Record<string, unknown>>, path: KeyPath): Generator<Fault> {
  for (const [name, value] of Object.entries(mapping)) {
    const node = keys.get(name)
    if (node === undefined) yield { kind: 'unknown', path: [...path, name] }
    // A text that could not be read has been reported already.
    else if (value !== undefined) yield* walkNode(node, value, [...path, name])
  }
}

function* walkValue(type: OptionType, value: unknown, path: KeyPath): Generator<Fault> {
  if (type.kind === 'map' || type.kind === 'texts') {
    for (const problem of parseValue(type, value).problems) yield { kind: 'misfit', path: [...path, ...problem] }
  } else if (type.kind === 'list' && Array.isArray(value) && value.length >= type.min) {
    for (const [index, item] of value.entries()) yield* walkValue(type.of, item, [...path, index])
  } else if (type.kind === 'list' || !isSpelled(type, value)) yield { kind: 'misfit', path }
}

/** Looks at the spelling only: not at the bounds of durations and sizes, nor at what a text says. */
function isSpelled(type: OptionType, value: unknown): boolean {
  switch (type.kind) {
    case 'duration':
      return isText(value, DURATION) || isWord(type, value)
    case 'size':
      return isText(value, SIZE) || isWord(type, value)
    case 'count':
    case 'rate':
    case 'boolean':
    case 'enum':
      return parseValue(type, value).problems.length === 0
    default:
      return isText(value, TEXT)
  }
}

function isWord(type: OptionType & { readonly kind: 'duration' | 'size' }, value: unknown): boolean {
  return typeof value === 'string' && wordsOf(type).includes(value)
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}

interface Misfit {
  readonly raw: unknown
  readonly place: Place
  readonly table: OptionTable
}

/** A key without a value (`groups:`) is a mistake: the demand it stands for must not vanish with its value. */
function describeMisfit(path: KeyPath, { raw, place, table }: Misfit): Problem {
  if (raw !== null || place.kind !== 'file') return describeWanted(path, place.text, table)
  // The text at such a place is that of the key, which gives no clue to the value.
  return { ...describeWanted(path, '', table), found: 'a key without a value', isShown: true }
}

/** What belongs at `path`. `text` is what the user wrote there, as a clue to what was meant. */
function describeWanted(path: KeyPath, text: string, table: OptionTable): Problem {
  if (path.length === 0) return { path, expected: 'a mapping of keys', line: 'listen: 0.0.0.0:8181' }
  const found = findOption(path, table)
  if (found && found.type.kind !== 'objects') {
    return { path, expected: expectType(found.type), write: suggestValue(found.option, found.type, text) }
  }
  const keys = childrenOf(found ? [...path, 0] : path, table)
  const expected = `a ${found ? 'list of mappings' : 'mapping'} with the keys ${keys.join(', ')}`
  return { path, expected, write: sampleOf(findNode(path, table)) }
}
