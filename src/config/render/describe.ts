/**
 * The option table and its values as plain text for a terminal: help, issues, the effective configuration.
 */
import { Document, isCollection, isNode } from 'yaml'
import type { ConfigIssue } from '../../errors.ts'
import type { Config } from '../config.ts'
import { getIn, isMapping, setIn } from '../read/layer.ts'
import { parseKey } from '../table/key.ts'
import type { Option } from '../table/option.ts'
import { configPath, envNames, flagNames, keyInItem } from '../table/option.ts'
import { fieldsOf, TOP_OPTIONS } from '../table/options.ts'
import { nameType } from '../table/type-text.ts'
import { writeValue } from '../table/values.ts'
import { GROUPS } from './groups.ts'
import { wrap } from './wrap.ts'

/** The options part of `--help`. */
export function renderHelp(): string {
  const intro = wrap(
    'Every key is a flag, a COGATE_ variable (upstream.connectTimeout: COGATE_UPSTREAM_CONNECT_TIMEOUT) and a key of the file. Flags win over variables, variables over the file.',
    '',
  )
  const config = '  --config FILE\n      YAML or JSON; also COGATE_CONFIG. Without it no file is read.'
  const groups = GROUPS.map(({ title, options }) => `${title}:\n${options.map(renderFlag).filter(Boolean).join('\n')}`)
  return `${[intro, config, ...groups].join('\n\n')}\n`
}

function renderFlag(option: Option): string {
  const [variable] = envNames(option)
  const names = option.secret ? [variable, `${variable}_FILE`] : flagNames(option).toReversed()
  if (names.length === 0) return ''
  const fallback = option.default === undefined ? '' : ` [${[option.default].flat().join(',')}]`
  const secret = option.secret ? ' (secret)' : ''
  return `  ${names.join(', ')} <${nameType(option.type)}>${fallback === ' []' ? '' : fallback}${secret}\n${wrap(option.doc.replaceAll('`', ''), '      ')}`
}

/** One block an issue, for stderr. */
export function renderIssues(issues: readonly ConfigIssue[]): string {
  const blocks = issues.map(({ key, source, found, expected, fix }) =>
    [`${key}  (${source})`, `  found     ${found}`, `  expected  ${expected}`, `  write     ${fix}`].join('\n'),
  )
  return `${blocks.join('\n\n')}\n`
}

/** YAML that loads to the same configuration, each value with where it came from; secrets are redacted. */
export function renderEffective(
  config: Config,
  origins: ReadonlyMap<string, string>,
  options: readonly Option[] = TOP_OPTIONS,
): string {
  const data: Record<string, unknown> = {}
  for (const option of options) setIn(data, option.path.split('.'), writeOption(option, config))
  const document = new Document(collapse(data))
  for (const [key, origin] of origins) {
    const node = document.getIn(parseKey(key), true)
    const isBlock = isCollection(node) && node.items.length > 0 && fieldsOf(key).length > 0
    if (isBlock || !isNode(node)) continue
    if (isCollection(node)) node.flow = true
    node.comment = ` from ${origin}`
  }
  const text = document.toString({ lineWidth: 0, nullStr: notSet, flowCollectionPadding: false })
  // A key without a value would be refused; every key that has one is followed by its origin.
  return text.replaceAll(unsetLine, '$1# $2')
}

const notSet = 'not set'
const unsetLine = /^( *)(\w+: not set)$/gm

/** A mapping of nothing but unset keys is unset itself. */
function collapse(value: unknown): unknown {
  if (!isMapping(value)) return value
  const entries = Object.entries(value).map(([key, child]) => [key, collapse(child)] as const)
  return entries.some(([, child]) => child !== null) ? Object.fromEntries(entries) : null
}

function writeOption(option: Option, owner: unknown): unknown {
  const value = getIn(owner, configPath(option))
  if (option.secret) return value === undefined ? null : '(redacted)'
  if (option.type.kind !== 'objects' || !Array.isArray(value)) return writeValue(option.type, value) ?? null
  return value.map((item: unknown) => {
    const entries = fieldsOf(option.path).map((field) => [keyInItem(field), writeOption(field, item)] as const)
    return Object.fromEntries(entries.filter(([, written]) => written !== null))
  })
}
