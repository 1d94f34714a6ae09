/**
 * Turns the texts of variables and flags into layers: lists are separated by commas, lists of mappings are YAML. Never
 * judges a value: a text that is no number stays a text, which the structure check refuses.
 */
import type { Issues } from '../issues/issues.ts'
import type { Place } from '../issues/place.ts'
import type { KeyPath } from '../table/key.ts'
import { formatKey, parseKey } from '../table/key.ts'
import type { Option, OptionType } from '../table/option.ts'
import { envNames, isField } from '../table/option.ts'
import type { OptionTable } from '../table/option-table.ts'
import { findOption } from '../table/option-table.ts'
import { nameType } from '../table/type-text.ts'
import type { Layer } from './layer.ts'
import { setIn } from './layer.ts'
import type { YamlText } from './yaml-text.ts'
import { readYaml } from './yaml-text.ts'

export interface TextEntry {
  readonly option: Option
  readonly kind: 'environment' | 'flag'
  /** COGATE_X or --x. */
  readonly name: string
  readonly text: string
}

interface ReadEntry extends TextEntry {
  readonly value: unknown
  readonly yaml?: YamlText
}

export interface TextContext {
  readonly table: OptionTable
  readonly issues: Issues
}

/** Two layers: the keys outside lists, and the fields of the only item of a list, which must not replace the list. */
export function layerTexts(entries: readonly TextEntry[], context: TextContext): readonly Layer[] {
  const unique = dropTwins(entries, context.issues)
  const read = unique.map((entry) => readEntry(entry, context.issues))
  const { true: fields = [], false: others = [] } = Object.groupBy(read, ({ option }) => `${isField(option)}`)
  return [toLayer(others, false, context.table), toLayer(fields, true, context.table)]
}

function placeOf({ kind, name, text }: TextEntry): Place {
  return { kind, name, text, yaml: false }
}

/** Reports an option that is set under two names: which of them counts would be a guess. */
function dropTwins(entries: readonly TextEntry[], issues: Issues): readonly TextEntry[] {
  const first = new Map<string, TextEntry>()
  for (const entry of entries) {
    const other = first.get(entry.option.path)
    if (!other) first.set(entry.option.path, entry)
    else if (other.name !== entry.name) {
      const expected = `only one of ${other.name} and ${entry.name}, because both set the same key`
      issues.add(
        { path: pathOf(entry.option), expected, line: `# only ${other.name} or ${entry.name}` },
        placeOf(entry),
      )
    }
  }
  return [...first.values()]
}

/** The concrete key that a variable or flag sets: of a field of a list, the one in the first item. */
export function pathOf(option: Option): KeyPath {
  return parseKey(option.path.replaceAll('[]', '[0]'))
}

function readEntry(entry: TextEntry, issues: Issues): ReadEntry {
  const { type } = entry.option
  if (type.kind !== 'objects' && type.kind !== 'map') return { ...entry, value: readText(type, entry.text) }
  const yaml = readYaml(entry.text)
  for (const fault of yaml.faults) {
    const problem = { path: pathOf(entry.option), expected: `a ${nameType(type)} as one YAML or JSON text` }
    const write = type.kind === 'map' ? '{…}' : '[{…}]'
    issues.addBroken({ ...problem, found: fault.message, write }, placeOf(entry))
  }
  return { ...entry, yaml, value: yaml.data }
}

function readText(type: OptionType, text: string): unknown {
  if (type.kind === 'list') return text.split(',').map((item) => readText(type.of, item.trim()))
  if (type.kind === 'boolean' && /^(?:true|false)$/.test(text)) return text === 'true'
  if (type.kind === 'count' && /^\d{1,15}$/.test(text)) return Number(text)
  if (type.kind === 'share' && /^\d{1,9}(?:\.\d{1,15})?$/.test(text)) return Number(text)
  return text
}

function toLayer(entries: readonly ReadEntry[], onlyItems: boolean, table: OptionTable): Layer {
  const data = {}
  for (const { option, value } of entries) setIn(data, pathOf(option), value)
  return { data, onlyItems, locate: (path, at) => locate(entries, path, at) ?? placeOfUnset(path, table) }
}

function locate(entries: readonly ReadEntry[], path: KeyPath, at?: 'key'): Place | undefined {
  const entry = entries.find(({ option }) => holds(pathOf(option), path))
  if (!entry) return undefined
  const rest = path.slice(pathOf(entry.option).length)
  if (rest.length === 0) return placeOf(entry)
  if (entry.yaml) return { ...placeOf(entry), text: entry.yaml.locate(rest, at).text, yaml: true }
  return { ...placeOf(entry), text: entry.text.split(',')[Number(rest[0])]?.trim() ?? entry.text }
}

/** For a key that no source sets: the variable that would set it. */
export function placeOfUnset(path: KeyPath, table: OptionTable): Place {
  const option = findOption(path, table)?.option
  const name = (option && envNames(option).at(-1)) ?? ''
  return { kind: 'unset', name, text: '', yaml: name === '' }
}

function holds(parent: KeyPath, path: KeyPath): boolean {
  return formatKey(path.slice(0, parent.length)) === formatKey(parent)
}
