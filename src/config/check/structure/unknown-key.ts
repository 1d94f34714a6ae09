/**
 * Describes a key that the option table does not know: names the key that was probably meant, and writes the user's
 * value as that key takes it. Never repeats the value of a secret.
 */
import type { Problem } from '../../issues/issues.ts'
import { findNearest, findSynonym } from '../../issues/nearest.ts'
import { writeYaml } from '../../issues/place.ts'
import { isSecretName, mayHoldSecret } from '../../issues/secret-name.ts'
import { guessFor, suggestValue } from '../../issues/suggest.ts'
import { isMapping } from '../../read/layer.ts'
import type { KeyPath } from '../../table/key.ts'
import { formatKey } from '../../table/key.ts'
import type { ListNode, MappingNode, OptionTable, TableNode } from '../../table/option-table.ts'
import { childrenOf, findNode, holdsSecret, sampleOf } from '../../table/option-table.ts'
import { parseValue } from '../../table/values.ts'
import { walkNode } from './faults.ts'

/** The value of the key: parsed, and as the user wrote it. */
interface Content {
  readonly raw: unknown
  readonly text: string
}

export function describeUnknown(path: KeyPath, content: Content, table: OptionTable): Problem {
  const name = String(path.at(-1))
  const holder = path.slice(0, -1)
  const siblings = childrenOf(holder, table)
  const problem = { path, found: `the unknown key ${name}` }
  const nested = nestDotted(name, holder, table)
  if (nested) return { ...problem, expected: 'nested keys: a dot does not lead into a mapping', line: nested }
  const near = findSibling(name, { holder, content, table })
  if (near) {
    const line = `${near.name}: ${mayHoldSecret(name, near.name) ? '…' : writeAs(near.node, content)}`
    return { ...problem, expected: `one of ${siblings.join(', ')}`, line }
  }
  const isSecret = isSecretName(name)
  // A pool needs none, whatever else does.
  const elsewhere = isSecret && holder[0] === 'userPools' ? undefined : findElsewhere(name, holder, table)
  if (elsewhere === name) {
    const expected = `${name} at the top of the configuration, that is where it belongs`
    return { ...problem, expected, line: `# move it to the top: ${name}` }
  }
  if (elsewhere) {
    const isOne = !elsewhere.includes(' or ')
    const expected = isOne ? `${elsewhere}, that is where ${name} belongs` : `${elsewhere}, where ${name} is a key`
    return { ...problem, expected, line: `# move it to ${elsewhere}` }
  }
  const expected = isSecret ? 'no secret: tokens are verified with public keys only' : `one of ${siblings.join(', ')}`
  // To delete what seems to demand something would be to let everybody in.
  return { ...problem, expected, line: isSecret ? `# delete ${name}` : `# cogate has no key ${name}` }
}

/** `upstream.responseTimeout` is how documents write a key. The line is advice: the mapping may stand elsewhere already. */
function nestDotted(name: string, holder: KeyPath, table: OptionTable): string | undefined {
  const words = /^\w+(?:\.\w+)+$/.test(name) ? name.split('.') : []
  const last = words.pop()
  if (last === undefined || findNode([...holder, ...words, last], table) === undefined) return undefined
  const line = words.reduceRight((inner, word) => `${word}: { ${inner} }`, `${last}: …`)
  return `# write ${last} inside of ${words.join('.')}: ${line}`
}

interface Sibling {
  readonly name: string
  readonly node: TableNode
}

/** The key beside it that is meant. One that could not hold the value is not. */
function findSibling(
  word: string,
  { holder, content, table }: { readonly holder: KeyPath; readonly content: Content; readonly table: OptionTable },
): Sibling | undefined {
  const siblings = childrenOf(holder, table)
  const synonym = findSynonym(word, formatHolder(holder))
  for (const name of [findNearest(word, siblings), synonym]) {
    const node = name === undefined ? undefined : findNode([...holder, name], table)
    if (name !== undefined && node && (node.kind !== 'mapping' || mayBeMapping(name, content.raw)))
      return { name, node }
  }
  return undefined
}

/** `upstream: URL` is a mapping too. */
function mayBeMapping(name: string, raw: unknown): boolean {
  return raw === null || isMapping(raw) || (name === 'upstream' && typeof raw !== 'object')
}

function formatHolder(holder: KeyPath): string {
  return formatKey(holder).replaceAll(/\[\d+\]/g, '[]')
}

/**
 * A key of the same name elsewhere: one inside the holder before any other, then one of the top, then what another program calls
 * so, then those nearest to the root: all of them, because nothing tells which one is meant.
 */
function findElsewhere(name: string, holder: KeyPath, table: OptionTable): string | undefined {
  const found = table.options.filter(({ path }) => path.endsWith(`.${name}`)).map(({ path }) => path)
  const inside = nearestOf(found.filter((path) => path.startsWith(formatHolder(holder))))
  if (holder.length > 0 && inside[0] !== undefined) return inside[0]
  if (childrenOf([], table).includes(name)) return name
  const synonym = findSynonym(name, '')
  if (synonym?.includes('.')) return synonym
  const nearest = nearestOf(found.filter((path) => !path.startsWith('upstreams[]')))
  return nearest.length === 0 ? undefined : nearest.toSorted().join(' or ')
}

function nearestOf(paths: readonly string[]): readonly string[] {
  const depthOf = (path: string) => path.split('.').length
  const least = Math.min(...paths.map(depthOf))
  return paths.filter((path) => depthOf(path) === least)
}

/** The content as a value of `node`. A value that is too long for one line, or that does not fit, is left out: `{…}`. */
function writeAs(node: TableNode, content: Content): string {
  const { raw, text } = content
  if (!mayShow(node, raw)) return '…'
  if (node.kind === 'mapping') return isMapping(raw) ? inline(node, content) : writeMapping(node, raw)
  if (node.kind === 'list') {
    return Array.isArray(raw) ? inlineList(node, content) : `[${inline(node.item, content)}]`
  }
  const { option } = node
  const value = guessFor(option, option.type, typeof raw === 'object' ? '' : String(raw))
  if (parseValue(option.type, raw).problems.length === 0 && (typeof raw === 'object' || value === raw)) {
    return typeof raw === 'object' || text.includes('\n') ? writeYaml(raw) : text
  }
  return writeYaml(value ?? suggestValue(option, option.type, ''))
}

/** The one mapping that is written as a text is the upstream. */
function writeMapping(node: MappingNode, raw: unknown): string {
  const url = node.keys.get('url')
  if (raw === null || url?.kind !== 'value') return writeYaml(sampleOf(node))
  return writeYaml(suggestValue(url.option, url.option.type, String(raw)))
}

/** A text in the place of a mapping, such as `upstream: app:3000`. */
const address = /^(?:https?:\/\/|unix:|[\w.-]+:\d+$)/

/** False where the value may hold a secret: all of a mapping must be known, or one that is misspelt would be shown. */
function mayShow(node: TableNode, raw: unknown): boolean {
  if (!holdsSecret(node)) return true
  if (node.kind !== 'mapping') return false
  if (!isMapping(raw)) return typeof raw === 'number' || (typeof raw === 'string' && address.test(raw))
  return Object.entries(raw).every(([name, value]) => {
    const child = node.keys.get(name)
    return child !== undefined && mayShow(child, value)
  })
}

/** A mapping that the user wrote in one line, as it is. */
function inline(node: MappingNode, { raw, text }: Content): string {
  return /^\{.*\}$/.test(text) && isSound(node, raw) ? text : '{…}'
}

function inlineList(node: ListNode, { raw, text }: Content): string {
  return /^\[.*\]$/.test(text) && isSound(node, raw) ? text : '[{…}]'
}

function isSound(node: TableNode, raw: unknown): boolean {
  return walkNode(node, raw, []).next().done === true
}
