/**
 * Builds the `Config` object from the values of all keys: nested and ordered as in the option table, names with their
 * unit suffixes. A value that is wrong is reported and never used.
 */
import type { Config } from '../config.ts'
import type { Issues } from '../issues/issues.ts'
import { formatSource } from '../issues/place.ts'
import { suggestFix } from '../issues/suggest.ts'
import type { KeyPath } from '../table/key.ts'
import { formatKey } from '../table/key.ts'
import type { Option } from '../table/option.ts'
import { configName } from '../table/option.ts'
import type { ListNode, MappingNode, OptionTable, TableNode } from '../table/option-table.ts'
import { findOption } from '../table/option-table.ts'
import { expectType } from '../table/type-text.ts'
import { parseValue } from '../table/values.ts'
import type { Layer } from './layer.ts'
import type { GivenByKey } from './merge.ts'

/** A whole `Config`, in which every key that has an issue holds its default. */
export interface Draft {
  readonly config: Config
  /** Where each key that has a value got it: `file:line:column`, `environment COGATE_X`, `flag --x`, `default`. */
  readonly origins: ReadonlyMap<string, string>
}

export function assembleDraft(given: GivenByKey, context: AssembleContext): Draft {
  const sources = { given, ...context, origins: new Map<string, string>() }
  const config = readMapping(context.table.root, [], sources)
  // The table is the one place that says what Config holds; the test of the loader compares the two field by field.
  return { config: config as unknown as Config, origins: sources.origins }
}

export interface AssembleContext {
  readonly table: OptionTable
  readonly issues: Issues
}

interface Sources extends AssembleContext {
  readonly given: GivenByKey
  readonly origins: Map<string, string>
}

function readMapping({ keys }: MappingNode, path: KeyPath, sources: Sources): Readonly<Record<string, unknown>> {
  const mapping: Record<string, unknown> = {}
  for (const [name, node] of keys) {
    const value = readNode(node, [...path, name], sources)
    if (value !== undefined) mapping[node.kind === 'mapping' ? name : configName(node.option)] = value
  }
  return mapping
}

/** Undefined when nothing was given and there is no default; a mapping of such keys alone is not there either. */
function readNode(node: TableNode, path: KeyPath, sources: Sources): unknown {
  if (node.kind === 'value') return readValue(node.option, path, sources)
  if (node.kind === 'list') return readItems(node, path, sources)
  const mapping = readMapping(node, path, sources)
  return Object.keys(mapping).length === 0 ? undefined : mapping
}

function readItems({ option, item }: ListNode, path: KeyPath, sources: Sources): readonly unknown[] | undefined {
  const key = formatKey(path)
  const found = sources.given.get(key)
  if (!Array.isArray(found?.raw)) return emptyList(option, key, sources)
  sources.origins.set(key, formatSource(found.layer.locate(path)))
  return found.raw.map((_, index) => readMapping(item, [...path, index], sources))
}

/** Undefined without a default: no table of headers means the one of the preset, an empty table means no headers. */
function emptyList(list: Option, key: string, { origins }: Sources): readonly unknown[] | undefined {
  if (list.required) return []
  if (list.default === undefined) return undefined
  origins.set(key, 'default')
  return []
}

function readValue(option: Option, path: KeyPath, sources: Sources): unknown {
  const { given, issues, origins } = sources
  const key = formatKey(path)
  const found = given.get(key)
  if (found && !issues.isBroken(key)) {
    const { value, problems } = parseValue(option.type, found.raw)
    if (problems.length === 0) {
      origins.set(key, formatSource(found.layer.locate(path)))
      return value
    }
    for (const problem of problems) reportValue(option, [...path, ...problem], { ...sources, layer: found.layer })
  }
  if (option.default === undefined) return option.required ? '' : undefined
  origins.set(key, 'default')
  return parseValue(option.type, option.default).value
}

function reportValue(
  option: Option,
  path: KeyPath,
  { layer, table, issues }: Sources & { readonly layer: Layer },
): void {
  const type = findOption(path, table)?.type ?? option.type
  const place = layer.locate(path)
  issues.addBroken({ path, expected: expectType(type), ...suggestFix(option, type, place.text) }, place)
}
