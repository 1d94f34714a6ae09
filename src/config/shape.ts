/**
 * The option table as a tree: which keys a mapping may hold and what belongs at each. Knows no document.
 */
import type { KeyPath } from './key.ts'
import { childrenOf, findOption } from './key.ts'
import type { OptionType } from './option.ts'

export type Shape =
  | { readonly kind: 'mapping'; readonly keys: ReadonlyMap<string, Shape> }
  | { readonly kind: 'list'; readonly item: Shape; readonly min: number }
  | { readonly kind: 'scalar'; readonly type: OptionType }

/** A whole configuration. */
export const CONFIGURATION: Shape = mappingAt([])

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
