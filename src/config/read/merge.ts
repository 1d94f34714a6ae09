/**
 * Layers to one value a key: the last layer that sets a key wins, lists of mappings are replaced as a whole, the layer
 * of the single user pool sets fields of the only pool there is.
 */
import type { Issues } from '../issues/issues.ts'
import type { KeyPath } from '../table/key.ts'
import { parseKey } from '../table/key.ts'
import { keyInItem } from '../table/option.ts'
import { fieldsOf, TOP_OPTIONS } from '../table/options.ts'
import type { Layer } from './layer.ts'
import { getIn, isMapping } from './layer.ts'

export interface Given {
  readonly raw: unknown
  readonly layer: Layer
}

/** By concrete key: `upstream.url`, `userPools` (the whole list), `userPools[0].id`. */
export type GivenByKey = ReadonlyMap<string, Given>

export function mergeLayers(layers: readonly Layer[], issues: Issues): GivenByKey {
  const merged = new Map<string, Given>()
  for (const layer of layers) {
    const given = flattenLayer(layer)
    if (layer.singlePool) mergePool(merged, given, issues)
    else for (const [key, value] of given) replaceKey(merged, key, value)
  }
  return merged
}

function replaceKey(merged: Map<string, Given>, key: string, value: Given): void {
  // Only a list that is there has items; to look for those of every key would grow with the pairs of keys.
  const old = merged.has(key) ? [...merged.keys()].filter((other) => other.startsWith(`${key}[`)) : []
  for (const other of old) merged.delete(other)
  merged.set(key, value)
}

function mergePool(merged: Map<string, Given>, given: GivenByKey, issues: Issues): void {
  const pools = merged.get('userPools')?.raw
  const count = Array.isArray(pools) ? pools.length : 0
  for (const [key, value] of given) {
    if (count <= 1) {
      if (key !== 'userPools' || count === 0) merged.set(key, value)
    } else if (key !== 'userPools') {
      const path = parseKey(key)
      const expected = `to know which of the ${count} user pools is meant; set it in the list itself`
      issues.add({ path, expected, line: '# set it in userPools' }, value.layer.locate(path))
    }
  }
}

function flattenLayer(layer: Layer): GivenByKey {
  const given = new Map<string, Given>()
  for (const { path, type } of TOP_OPTIONS) {
    const raw = getIn(layer.data, path.split('.'))
    // A key without a value is a mistake that has been reported: it must not pass for a demand that is not made.
    if (raw === undefined || raw === null) continue
    given.set(path, { raw, layer })
    if (type.kind === 'objects' && Array.isArray(raw)) flattenItems(given, path, { raw, layer })
  }
  return given
}

function flattenItems(given: Map<string, Given>, list: string, { raw, layer }: Given): void {
  const items: readonly unknown[] = Array.isArray(raw) ? raw : []
  for (const [index, item] of items.entries()) {
    if (!isMapping(item)) continue
    for (const field of fieldsOf(list)) {
      const name = keyInItem(field)
      const value = getIn(item, [name])
      if (value !== undefined && value !== null) given.set(`${list}[${index}].${name}`, { raw: value, layer })
    }
  }
}

/** The value that holds `path`: its own, or that of the nearest key above it. */
export function findGiven(given: GivenByKey, key: string, path: KeyPath): Given | undefined {
  for (let candidate = key, depth = path.length; depth > 0; depth -= 1) {
    const found = given.get(candidate)
    if (found) return found
    candidate = candidate.replace(/(?:\.[^.[\]]+|\[\d+\])$/, '')
  }
  return undefined
}
