/**
 * YAML (and so JSON) text to plain data that still knows its lines. Mistakes are returned; it never throws.
 */
import type { Document, LineCounter } from 'yaml'
import type { KeyPath } from './key.ts'
import { yaml } from './yaml.ts'
import { findRanges, findTwins } from './yaml-places.ts'

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
