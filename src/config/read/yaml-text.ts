/**
 * Reads YAML (and so JSON) text into plain data, and finds the line of every value. Mistakes are returned: nothing here
 * throws, nor calls itself for each level of a text, which may nest deeply.
 */
import type { Document, LineCounter, Node, Pair, YAMLMap } from 'yaml'
import type { KeyPath } from '../table/key.ts'
import { yaml } from '../yaml.ts'

export interface Spot {
  readonly line: number
  readonly column: number
  /** The source text of the value. */
  readonly text: string
}

export interface YamlText {
  /** Undefined when the text cannot be read at all. */
  readonly data: unknown
  readonly faults: readonly (Spot & { readonly message: string })[]
  /** The value at `path`, the key itself with `at: 'key'`, or the nearest parent that exists. */
  readonly locate: (path: KeyPath, at?: 'key') => Spot
}

/** How often aliases may be expanded. A text that needs more is an attack on memory, not a configuration. */
const MAX_ALIASES = 100
/** The first faults explain the rest. */
const MAX_FAULTS = 5

export function readYaml(text: string): YamlText {
  const lines = new (yaml().LineCounter)()
  const document = parse(text, lines)
  if (document === undefined) return UNREADABLE
  const spot = ([start, end]: Range): Spot => {
    const { line, col } = lines.linePos(start)
    return { line: Math.max(line, 1), column: Math.max(col, 1), text: text.slice(start, end) }
  }
  const faults = findFaults(document).map(({ message, at }) => ({ ...spot([at, at]), message }))
  const { data, fault } = document.errors.length === 0 ? toData(document) : { data: undefined, fault: undefined }
  const findRange = rangeFinder(document)
  return {
    data,
    faults: fault === undefined ? faults : [...faults, { ...spot([0, 0]), message: fault }],
    locate: (path, at) => spot(findRange(path, at)),
  }
}

const TOP: Spot = { line: 1, column: 1, text: '' }
const UNREADABLE: YamlText = {
  data: undefined,
  faults: [{ ...TOP, message: 'Nested too deeply' }],
  locate: () => TOP,
}

/** Undefined when the text nests so deeply that the library, which calls itself for every level, runs out of stack. */
function parse(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    return yaml().parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      stringKeys: true,
      // The library would compare every pair of keys, which is slow for many keys. `findTwins` finds them instead.
      uniqueKeys: false,
      resolveKnownTags: false,
      logLevel: 'error',
    })
  } catch {
    return undefined
  }
}

/** Fails for an alias without an anchor, and for aliases that expand too often. */
function toData(document: Document): { readonly data?: unknown; readonly fault?: string } {
  try {
    return { data: document.toJS({ maxAliasCount: MAX_ALIASES }) }
  } catch (error) {
    return { fault: error instanceof Error ? firstLine(error.message) : String(error) }
  }
}

interface Fault {
  readonly message: string
  /** Offset in the text. */
  readonly at: number
}

/** Errors and twin keys in the order of the text, then warnings. */
function findFaults(document: Document): readonly Fault[] {
  const twins = findTwins(document).map((pos) => ({ message: 'Map keys must be unique', pos }))
  const errors = [...document.errors, ...twins].toSorted((left, right) => left.pos[0] - right.pos[0])
  const shown = [...errors, ...document.warnings].slice(0, MAX_FAULTS)
  return shown.map(({ message, pos }) => ({ message: firstLine(message), at: pos[0] }))
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? ''
}

/** Offsets in the text. */
type Range = readonly [start: number, end: number]

/** Keys that stand in one mapping for the second time. */
function findTwins(document: Document): readonly Range[] {
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
    if (seen.has(name)) twins.push(rangeOfKey(key))
    seen.add(name)
  }
  return twins
}

/** Undefined for a key that is no text. It has been reported, and the library takes long to write it as text. */
function nameOf(key: unknown): string | undefined {
  return yaml().isScalar(key) ? String(key.value) : undefined
}

/** Where a key stands. An empty key has an empty range. */
function rangeOfKey(key: unknown): Range {
  const [start = 0, end = 0] = (key as Node).range ?? []
  return [start, end]
}

/** Finds where the value at a path stands, or with `key` its key; the nearest parent where the text has neither. */
function rangeFinder(document: Document): (path: KeyPath, at?: 'key') => Range {
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

/**
 * Goes from a node to one of its items or values. The keys of a mapping are indexed once, at the first step into it.
 */
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

/** Undefined for a value that is not there (`issuer:`): the place of its key is used instead. */
function rangeOf(node: unknown): Range | undefined {
  const range = (node as Node | null | undefined)?.range
  return !range || range[0] === range[1] ? undefined : [range[0], range[1]]
}
