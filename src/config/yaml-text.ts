/**
 * YAML (and so JSON) text to plain data that still knows its lines. Mistakes are returned; it never throws.
 */
import type { Document, LineCounter, Node } from 'yaml'
import type { KeyPath } from './key.ts'
import { yaml } from './yaml.ts'

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
  const complaints = [...document.errors, ...document.warnings].slice(0, MAX_FAULTS)
  const faults = complaints.map(({ message, pos }) => ({ ...spot(pos[0], pos[0]), message: firstLine(message) }))
  const readable = document.errors.every(({ code }) => code === 'DUPLICATE_KEY')
  const { data, fault } = readable ? toData(document) : { data: undefined, fault: undefined }
  return {
    data,
    faults: fault === undefined ? faults : [...faults, { ...spot(0, 0), message: fault }],
    locate: (path, at) => spot(...findRange(document, path, at)),
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

function findRange(document: Document, path: KeyPath, at?: 'key'): [start: number, end: number] {
  const { isAlias } = yaml()
  let node: unknown = document.contents
  let range = rangeOf(node) ?? [0, 0]
  for (const [index, segment] of path.entries()) {
    const step = stepInto(isAlias(node) ? node.resolve(document) : node, segment)
    if (!step) return range
    const wantsKey = at === 'key' && index === path.length - 1
    range = (wantsKey ? undefined : rangeOf(step.value)) ?? rangeOf(step.key) ?? range
    node = step.value
  }
  return range
}

function stepInto(
  node: unknown,
  segment: string | number,
): { readonly key?: unknown; readonly value: unknown } | undefined {
  const { isMap, isScalar, isSeq } = yaml()
  if (isSeq(node))
    return typeof segment === 'number' && segment in node.items ? { value: node.items[segment] } : undefined
  if (!isMap(node)) return undefined
  return node.items.findLast(({ key }) => (isScalar(key) ? key.value : key) === String(segment))
}

/** Undefined for a value that is not there (`issuer:`), so that the key stands for it. */
function rangeOf(node: unknown): [start: number, end: number] | undefined {
  const range = (node as Node | null | undefined)?.range
  if (!range || range[0] === range[1]) return undefined
  return [range[0], range[1]]
}
