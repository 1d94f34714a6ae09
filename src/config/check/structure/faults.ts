/**
 * Walks a layer beside the option table, and finds what the table does not have there. Looks at how values are spelled
 * only: bounds, addresses and paths are judged later, value by value.
 */
import { isMapping } from '../../read/layer.ts'
import type { KeyPath } from '../../table/key.ts'
import type { OptionType } from '../../table/option.ts'
import { wordsOf } from '../../table/option.ts'
import type { MappingNode, OptionTable, TableNode } from '../../table/option-table.ts'
import { TABLE } from '../../table/options.ts'
import { DURATION, SIZE } from '../../table/units.ts'
import { parseValue, TEXT } from '../../table/values.ts'

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

/** As `findFaults`, from a node of the table on. */
export function* walkNode(node: TableNode, value: unknown, path: KeyPath): Generator<Fault> {
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
  if (type.kind === 'map' || type.kind === 'texts' || type.kind === 'scalars') {
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
    case 'share':
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
