/**
 * YAML (and so JSON) text to plain data that still knows its lines. Mistakes are returned; it never throws.
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

/** Expansions of anchors: beyond it the text is a bomb, not a configuration. */
const MAX_ALIASES = 100
const MAX_FAULTS = 5

export function readYaml(text: string): YamlText {
  const lines = new (yaml().LineCounter)()
  const document = parse(text, lines)
  if (document === undefined) return unreadable
  const spot = (start: number, end: number): Spot => {
    const { line, col } = lines.linePos(start)
    return { line: Math.max(line, 1), column: Math.max(col, 1), text: text.slice(start, end) }
  }
  const twins = findTwins(document).map((pos) => ({ message: 'Map keys must be unique', pos }))
  const complaints = [...document.errors, ...twins].toSorted((left, right) => left.pos[0] - right.pos[0])
  const shown = [...complaints, ...document.warnings].slice(0, MAX_FAULTS)
  const faults = shown.map(({ message, pos }) => ({ ...spot(pos[0], pos[0]), message: firstLine(message) }))
  const { data, fault } = document.errors.length === 0 ? toData(document) : { data: undefined, fault: undefined }
  const findRange = findRanges(document)
  return {
    data,
    faults: fault === undefined ? faults : [...faults, { ...spot(0, 0), message: fault }],
    locate: (path, at) => spot(...findRange(path, at)),
  }
}

const top: Spot = { line: 1, column: 1, text: '' }
const unreadable: YamlText = {
  data: undefined,
  faults: [{ ...top, message: 'Nested too deeply' }],
  locate: () => top,
}

/** Undefined: it nests so deeply that the library, which calls itself for every level, runs out of stack. */
function parse(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    return yaml().parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      stringKeys: true,
      // The library compares every key with every other; `findTwins` does not.
      uniqueKeys: false,
      resolveKnownTags: false,
      logLevel: 'error',
    })
  } catch {
    return undefined
  }
}

function toData(document: Document): { readonly data?: unknown; readonly fault?: string } {
  try {
    return { data: document.toJS({ maxAliasCount: MAX_ALIASES }) }
  } catch (error) {
    return { fault: error instanceof Error ? firstLine(error.message) : String(error) }
  }
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? ''
}

export type Range = readonly [start: number, end: number]

/** Finds the value at a path, the key itself with `at: 'key'`, or the nearest parent that exists. */
export type FindRange = (path: KeyPath, at?: 'key') => Range

/** Keys that their mapping holds already. Calls itself for no level: a text may nest deeply. */
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
    if (seen.has(name)) twins.push(placeOf(key))
    seen.add(name)
  }
  return twins
}

function findRanges(document: Document): FindRange {
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
