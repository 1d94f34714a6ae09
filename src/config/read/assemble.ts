/**
 * Values by key to the `Config` object: the table's order and names become nesting and unit suffixes.
 */
import type { Config } from '../config.ts'
import type { Issues } from '../issues/issues.ts'
import { formatSource } from '../issues/place.ts'
import { suggestValue } from '../issues/suggest.ts'
import type { KeyPath } from '../table/key.ts'
import { findOption, parseKey } from '../table/key.ts'
import type { Option } from '../table/option.ts'
import { configPath, keyInItem } from '../table/option.ts'
import { fieldsOf, TOP_OPTIONS } from '../table/options.ts'
import { expectType } from '../table/type-text.ts'
import { parseValue } from '../table/values.ts'
import type { Layer } from './layer.ts'
import { setIn } from './layer.ts'
import type { GivenByKey } from './merge.ts'

/** A whole `Config`, in which every key that has an issue holds its default. */
export interface Draft {
  readonly config: Config
  /** Where each key that has a value got it: `file:line:column`, `environment COGATE_X`, `flag --x`, `default`. */
  readonly origins: ReadonlyMap<string, string>
}

export function assembleDraft(given: GivenByKey, issues: Issues): Draft {
  const sources = { given, issues, origins: new Map<string, string>() }
  const target: Record<string, unknown> = {}
  for (const option of TOP_OPTIONS) {
    const isList = option.type.kind === 'objects'
    const value = isList ? readItems(option, sources) : readValue(option, option.path, sources)
    if (value !== undefined) setIn(target, configPath(option), value)
  }
  // The table is the one place that says what Config holds; the test of the loader compares the two field by field.
  return { config: target as unknown as Config, origins: sources.origins }
}

interface Sources {
  readonly given: GivenByKey
  readonly issues: Issues
  readonly origins: Map<string, string>
}

function readItems(list: Option, sources: Sources): readonly Record<string, unknown>[] | undefined {
  const found = sources.given.get(list.path)
  if (!Array.isArray(found?.raw)) return emptyList(list, sources)
  sources.origins.set(list.path, formatSource(found.layer.locate(parseKey(list.path))))
  return found.raw.map((_, index) => {
    const item: Record<string, unknown> = {}
    for (const field of fieldsOf(list.path)) {
      const value = readValue(field, `${list.path}[${index}].${keyInItem(field)}`, sources)
      if (value !== undefined) setIn(item, configPath(field), value)
    }
    return item
  })
}

/** Undefined where an empty list would mean something else than no list: an empty header table. */
function emptyList(list: Option, { origins }: Sources): readonly Record<string, unknown>[] | undefined {
  if (list.required) return []
  if (list.default === undefined) return undefined
  origins.set(list.path, 'default')
  return []
}

function readValue(option: Option, key: string, { given, issues, origins }: Sources): unknown {
  const found = given.get(key)
  const path = parseKey(key)
  if (found && !issues.isBroken(key)) {
    const { value, problems } = parseValue(option.type, found.raw)
    if (problems.length === 0) {
      origins.set(key, formatSource(found.layer.locate(path)))
      return value
    }
    for (const problem of problems) reportValue(option, [...path, ...problem], { layer: found.layer, issues })
  }
  if (option.default === undefined) return option.required ? '' : undefined
  origins.set(key, 'default')
  return parseValue(option.type, option.default).value
}

function reportValue(option: Option, path: KeyPath, { layer, issues }: { layer: Layer; issues: Issues }): void {
  const type = findOption(path)?.type ?? option.type
  const place = layer.locate(path)
  issues.addBroken({ path, expected: expectType(type), write: suggestValue(option, type, place.text) }, place)
}
