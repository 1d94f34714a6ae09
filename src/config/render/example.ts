/**
 * The whole option table as one commented configuration file, which must load as it is.
 */

import { writeYaml } from '../issues/place.ts'
import type { Option } from '../table/option.ts'
import { isField } from '../table/option.ts'
import type { ListNode, MappingNode, OptionTable, TableNode } from '../table/option-table.ts'
import { TABLE } from '../table/options.ts'
import { plain, wrap } from './wrap.ts'

export function renderExample({ root }: OptionTable = TABLE): string {
  return `${renderMapping(root, '').join('\n')}\n`
}

/** Every line begins with `indent`. */
function renderMapping({ keys }: MappingNode, indent: string): readonly string[] {
  return [...keys].flatMap(([name, node]) => renderNode(name, node, indent))
}

function renderNode(name: string, node: TableNode, indent: string): readonly string[] {
  // A key whose inside is commented out would be a key without a value, which is refused.
  const start = `${indent}${isActive(node) ? '' : '# '}`
  if (node.kind === 'mapping') return [`${start}${name}:`, ...renderMapping(node, `${indent}  `)]
  const doc = wrap(plain(node.option.doc), `${indent}# `).split('\n')
  if (node.kind === 'value') return [...doc, `${start}${name}: ${writeYaml(exampleValue(node.option))}`]
  return [...doc, `${start}${name}:`, ...renderItem(node, start)]
}

/** One item: its first key that is not a comment begins with a dash. */
function renderItem({ item }: ListNode, start: string): readonly string[] {
  const lines = renderMapping(item, '')
  const first = lines.findIndex((line) => !/^ *#/.test(line))
  return lines.map((line, at) => `${start}${at === first ? '  - ' : '    '}${line}`)
}

/** Items show a typical value, everything else its default. */
function exampleValue(option: Option): unknown {
  return isField(option) ? (option.example ?? option.default) : (option.default ?? option.example)
}

/** False for a key that is commented out. Without an active key in its item a list is commented out, too. */
function isActive(node: TableNode): boolean {
  if (node.kind === 'mapping') return [...node.keys.values()].some(isActive)
  const { required, default: fallback, inExample } = node.option
  const isShown = required === true || fallback !== undefined || inExample === true
  return isShown && (node.kind === 'value' || isActive(node.item))
}
