/**
 * Merges layers into one value a key: the last layer that sets a key wins. A list of mappings is replaced as a whole, except by
 * a layer that sets fields of its only item. Values are neither parsed nor judged here.
 */
import type { Issues } from '../issues/issues.ts'
import type { KeyPath } from '../table/key.ts'
import { formatKey, parseKey } from '../table/key.ts'
import type { MappingNode, OptionTable } from '../table/option-table.ts'
import type { Layer } from './layer.ts'
import { getIn, isMapping } from './layer.ts'

export interface Given {
  readonly raw: unknown
  readonly layer: Layer
}

/** By concrete key: `upstream.url`, `userPools` (the whole list), `userPools[0].id`. */
export type GivenByKey = ReadonlyMap<string, Given>

export function mergeLayers(
  layers: readonly Layer[],
  { table, issues }: { readonly table: OptionTable; readonly issues: Issues },
): GivenByKey {
  const merged = new Map<string, Given>()
  for (const layer of layers) {
    const given = new Map<string, Given>()
    flatten(table.root, layer.data, { prefix: '', layer, given })
    if (layer.onlyItems) mergeOnlyItems(merged, given, issues)
    else for (const [key, value] of given) replaceKey(merged, key, value)
  }
  return merged
}

interface Flattened {
  /** The key of the mapping with its dot, or ''. */
  readonly prefix: string
  readonly layer: Layer
  readonly given: Map<string, Given>
}

function flatten({ keys }: MappingNode, data: unknown, { prefix, layer, given }: Flattened): void {
  if (!isMapping(data)) return
  for (const [name, node] of keys) {
    const key = `${prefix}${name}`
    const raw = getIn(data, [name])
    // A key without a value is a mistake that has been reported. It must not pass for a demand that is not made.
    if (raw === undefined || raw === null) continue
    if (node.kind === 'mapping') flatten(node, raw, { prefix: `${key}.`, layer, given })
    else given.set(key, { raw, layer })
    if (node.kind !== 'list' || !Array.isArray(raw)) continue
    for (const [index, item] of raw.entries()) flatten(node.item, item, { prefix: `${key}[${index}].`, layer, given })
  }
}

function replaceKey(merged: Map<string, Given>, key: string, value: Given): void {
  // Only a list that is there has items: looking for those of every key would cost as much as all pairs of keys.
  const hasItems = Array.isArray(merged.get(key)?.raw)
  const old = hasItems ? [...merged.keys()].filter((other) => other.startsWith(`${key}[`)) : []
  for (const other of old) merged.delete(other)
  merged.set(key, value)
}

/** A list that has several items keeps them as they are: which one a variable is for would be a guess. */
function mergeOnlyItems(merged: Map<string, Given>, given: GivenByKey, issues: Issues): void {
  for (const [key, value] of given) {
    const [list = ''] = key.split('[', 1)
    const items = merged.get(list)?.raw
    const count = Array.isArray(items) ? items.length : 0
    if (count <= 1) {
      if (key !== list || count === 0) merged.set(key, value)
    } else if (key !== list) {
      const path = parseKey(key)
      const expected = `only one item in ${list}; it has ${count}, so write the key inside the list`
      issues.add({ path, expected, line: `# set it in ${list}` }, value.layer.locate(path))
    }
  }
}

/** What was given at `path`: its own value, or that of the nearest key above it. */
export function findGiven(given: GivenByKey, path: KeyPath): Given | undefined {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const found = given.get(formatKey(path.slice(0, depth)))
    if (found) return found
  }
  return undefined
}
