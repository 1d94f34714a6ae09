/**
 * The option table and its values as plain text for a terminal: help, issues, the effective configuration. Never shows
 * a secret.
 */
import { Document, isCollection, isNode } from 'yaml'
import type { Config } from '../config.ts'
import { getIn, isMapping } from '../read/layer.ts'
import { parseKey } from '../table/key.ts'
import type { Option } from '../table/option.ts'
import { configName, envNames, flagNames } from '../table/option.ts'
import type { MappingNode, OptionTable, TableNode } from '../table/option-table.ts'
import { findNode } from '../table/option-table.ts'
import { TABLE } from '../table/options.ts'
import { nameType } from '../table/type-text.ts'
import { writeValue } from '../table/values.ts'
import { groupOptions } from './groups.ts'
import { plain, wrap } from './wrap.ts'

/** The options part of `--help`. */
export function renderHelp(table: OptionTable = TABLE): string {
  const intro = wrap(
    'Every key is a flag, a COGATE_ variable (upstream.connectTimeout: COGATE_UPSTREAM_CONNECT_TIMEOUT) and a key of the file. Flags win over variables, variables over the file.',
    '',
  )
  const config = '  --config FILE\n      YAML or JSON; also COGATE_CONFIG. Without it no file is read.'
  const groups = groupOptions(table).map(
    ({ title, options }) => `${title}:\n${options.map(renderFlag).filter(Boolean).join('\n')}`,
  )
  return `${[intro, config, ...groups].join('\n\n')}\n`
}

function renderFlag(option: Option): string {
  const [variable] = envNames(option)
  // A field of a list has neither: it is set with the whole list.
  const secretNames = variable === undefined ? [] : [variable, `${variable}_FILE`]
  const names = option.secret ? secretNames : flagNames(option).toReversed()
  if (names.length === 0) return ''
  const fallback = option.default === undefined ? '' : ` [${[option.default].flat().join(',')}]`
  const secret = option.secret ? ' (secret)' : ''
  return `  ${names.join(', ')} <${nameType(option.type)}>${fallback === ' []' ? '' : fallback}${secret}\n${wrap(plain(option.doc), '      ')}`
}

/** YAML that loads to the same configuration. Each value is followed by where it came from; secrets are redacted. */
export function renderEffective(
  config: Config,
  origins: ReadonlyMap<string, string>,
  table: OptionTable = TABLE,
): string {
  const document = new Document(writeMapping(table.root, config))
  for (const [key, origin] of origins) {
    const path = parseKey(key)
    const node = document.getIn(path, true)
    const isBlock = isCollection(node) && node.items.length > 0 && findNode(path, table)?.kind === 'list'
    if (isBlock || !isNode(node)) continue
    if (isCollection(node)) node.flow = true
    node.comment = ` from ${origin}`
  }
  const text = document.toString({ lineWidth: 0, nullStr: notSet, flowCollectionPadding: false })
  // The loader would refuse a key without a value, so such a key becomes a comment. A value is followed by its origin,
  // so its line never matches.
  return text.replaceAll(unsetLine, '$1# $2')
}

const notSet = 'not set'
const unsetLine = /^( *)(\w+: not set)$/gm

/** Null for what is not set: a value, a list, a mapping of nothing but unset keys. */
function writeNode(node: TableNode, value: unknown, isInItem: boolean): unknown {
  if (node.kind === 'mapping') {
    const mapping = writeMapping(node, value, isInItem)
    return Object.values(mapping).some((child) => child !== null) ? mapping : null
  }
  const { option } = node
  if (option.secret) return redact(value)
  if (node.kind === 'value') return writeValue(option.type, value) ?? null
  return Array.isArray(value) ? value.map((item: unknown) => writeMapping(node.item, item, true)) : null
}

/** Of a mapping of free names, the names are shown. */
function redact(value: unknown): unknown {
  if (value === undefined) return null
  return isMapping(value) ? Object.fromEntries(Object.keys(value).map((name) => [name, '(redacted)'])) : '(redacted)'
}

/** Items of lists show only what they have. */
function writeMapping({ keys }: MappingNode, owner: unknown, isInItem = false): Readonly<Record<string, unknown>> {
  const entries = [...keys].map(([name, node]) => {
    const value = getIn(owner, [node.kind === 'mapping' ? name : configName(node.option)])
    return [name, writeNode(node, value, isInItem)] as const
  })
  return Object.fromEntries(isInItem ? entries.filter(([, written]) => written !== null) : entries)
}
