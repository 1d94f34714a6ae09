/**
 * The option table as a tree: which keys a mapping may hold and what belongs at each. Knows no document.
 */
import type { KeyPath } from './key.ts'
import { childrenOf, findOption } from './key.ts'
import type { OptionType } from './option.ts'

export type Shape =
  | { readonly kind: 'mapping'; readonly keys: ReadonlyMap<string, Shape>; readonly required: boolean }
  | { readonly kind: 'list'; readonly item: Shape; readonly min: number; readonly required: boolean }
  | { readonly kind: 'scalar'; readonly type: OptionType; readonly required: boolean }

/** A whole configuration. */
export const CONFIGURATION: Shape = mappingAt([])

function mappingAt(path: KeyPath): Shape {
  const keys = childrenOf(path).map((key) => [key, shapeAt([...path, key])] as const)
  return { kind: 'mapping', keys: new Map(keys), required: false }
}

function shapeAt(path: KeyPath): Shape {
  const option = findOption(path)?.option
  if (option === undefined) return mappingAt(path)
  const required = option.required === true
  if (option.type.kind === 'objects') return { kind: 'list', item: mappingAt([...path, 0]), min: 0, required }
  return { ...shapeOf(option.type), required }
}

function shapeOf(type: OptionType): Shape {
  if (type.kind !== 'list') return { kind: 'scalar', type, required: false }
  return { kind: 'list', item: shapeOf(type.of), min: type.min, required: false }
}
