/**
 * Where in a YAML text a key and its value stand, and which keys stand there twice. What it costs grows with the text,
 * not with the pairs of its keys.
 */
import type { Document, Node, Pair, YAMLMap } from 'yaml'
import type { KeyPath } from './key.ts'
import { yaml } from './yaml.ts'

export type Range = readonly [start: number, end: number]

/** Finds the value at a path, the key itself with `at: 'key'`, or the nearest parent that exists. */
export type FindRange = (path: KeyPath, at?: 'key') => Range

/** Keys that their mapping holds already. Calls itself for no level: a text may nest deeply. */
export function findTwins(document: Document): readonly Range[] {
  const { isMap, isSeq } = yaml()
  const twins: Range[] = []
  const open: unknown[] = [document.contents]
  while (open.length > 0) {
    const node = open.pop()
    if (isSeq(node)) for (const item of node.items) open.push(item)
    if (!isMap(node)) continue
    for (const { value } of node.items) open.push(value)
    for (const twin of twinsIn(node)) twins.push(twin)
  }
  return twins
}

function twinsIn({ items }: YAMLMap): readonly Range[] {
  const twins: Range[] = []
  const seen = new Set<string>()
  for (const { key } of items) {
    const name = nameOf(key)
    if (name === undefined) continue
    if (seen.has(name)) twins.push(placeOf(key))
    seen.add(name)
  }
  return twins
}

export function findRanges(document: Document): FindRange {
  const { isAlias } = yaml()
  const step = stepper()
  return (path, at) => {
    let node: unknown = document.contents
    let range = rangeOf(node) ?? [0, 0]
    for (const [index, segment] of path.entries()) {
      const next = step(isAlias(node) ? node.resolve(document) : node, segment)
      if (!next) return range
      const wantsKey = at === 'key' && index === path.length - 1
      range = (wantsKey ? undefined : rangeOf(next.value)) ?? rangeOf(next.key) ?? range
      node = next.value
    }
    return range
  }
}

interface Step {
  readonly key?: unknown
  readonly value: unknown
}

/** Looks through the keys of a mapping once, however often it is asked. */
function stepper(): (node: unknown, segment: string | number) => Step | undefined {
  const { isMap, isSeq } = yaml()
  const known = new WeakMap<YAMLMap, ReadonlyMap<string | undefined, Pair>>()
  return (node, segment) => {
    if (isSeq(node)) {
      return typeof segment === 'number' && segment in node.items ? { value: node.items[segment] } : undefined
    }
    if (!isMap(node)) return undefined
    const pairs = known.get(node) ?? new Map(node.items.map((pair) => [nameOf(pair.key), pair]))
    known.set(node, pairs)
    return pairs.get(String(segment))
  }
}

/** Undefined for a key that is no text: a mistake already, and one that costs the library dear to write down. */
function nameOf(key: unknown): string | undefined {
  return yaml().isScalar(key) ? String(key.value) : undefined
}

/** Of a key that may be empty. */
function placeOf(key: unknown): Range {
  const [start = 0, end = 0] = (key as Node).range ?? []
  return [start, end]
}

/** Undefined for a value that is not there (`issuer:`), so that the key stands for it. */
function rangeOf(node: unknown): Range | undefined {
  const range = (node as Node | null | undefined)?.range
  return !range || range[0] === range[1] ? undefined : [range[0], range[1]]
}
