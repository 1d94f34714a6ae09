/**
 * Describes a key that the option table does not know: names the key that was probably meant, and writes the user's
 * value as that key takes it. Never repeats the value of a secret.
 */
import type { Problem } from '../issues/issues.ts'
import { writeYaml } from '../issues/place.ts'
import { findNearest, suggestValue } from '../issues/suggest.ts'
import { isMapping } from '../read/layer.ts'
import type { KeyPath } from '../table/key.ts'
import { formatKey } from '../table/key.ts'
import type { Option } from '../table/option.ts'
import type { OptionTable, TableNode } from '../table/option-table.ts'
import { childrenOf, findNode, holdsSecret } from '../table/option-table.ts'
import { parseValue } from '../table/values.ts'

/** The value of the key: parsed, and as the user wrote it. */
interface Content {
  readonly raw: unknown
  readonly text: string
}

export function describeUnknown(path: KeyPath, content: Content, table: OptionTable): Problem {
  const name = String(path.at(-1))
  const holder = path.slice(0, -1)
  const siblings = childrenOf(holder, table)
  const near = findNearest(name, siblings)
  const node = near === undefined ? undefined : findNode([...holder, near], table)
  return {
    path,
    found: `the unknown key ${name}`,
    expected: node ? `one of ${siblings.join(', ')}` : explainUnknown(name, holder, table),
    line: node ? `${near}: ${writeAs(node, content)}` : `# delete ${name}`,
  }
}

function explainUnknown(name: string, holder: KeyPath, table: OptionTable): string {
  if (holder[0] === 'userPools' && isSecretName.test(name)) return noSecret
  const elsewhere = findElsewhere(name, holder, table)
  if (elsewhere) return `${elsewhere.path}, that is where ${name} belongs`
  if (isSecretName.test(name)) return noSecret
  return `one of ${childrenOf(holder, table).join(', ')}`
}

const isSecretName = /secret|password/i
const noSecret = 'no secret: tokens are verified with public keys only'

/** An option of the same name in another mapping: one inside the holder before any other. */
function findElsewhere(name: string, holder: KeyPath, { options }: OptionTable): Option | undefined {
  const start = formatKey(holder).replaceAll(/\[\d+\]/g, '[]')
  const found = options.filter(({ path }) => path.endsWith(`.${name}`))
  return found.find(({ path }) => path.startsWith(start)) ?? found[0]
}

/** The content as a value of `node`. A value that is too long for one line is left out: `{…}`. */
function writeAs(node: TableNode, content: Content): string {
  const { raw, text } = content
  if (!mayShow(node, raw)) return '…'
  if (node.kind === 'mapping') return isMapping(raw) ? inline(content) : text
  if (node.kind === 'list') return Array.isArray(raw) ? inlineList(content) : `[${inline(content)}]`
  const { option } = node
  if (parseValue(option.type, raw).problems.length === 0) {
    return typeof raw === 'object' || text.includes('\n') ? writeYaml(raw) : text
  }
  return writeYaml(suggestValue(option, option.type, typeof raw === 'object' ? '' : String(raw)))
}

/** False where the value may hold a secret: all of a mapping must be known, or one that is misspelt would be shown. */
function mayShow(node: TableNode, raw: unknown): boolean {
  if (!holdsSecret(node)) return true
  if (node.kind !== 'mapping') return false
  if (!isMapping(raw)) return typeof raw === 'string' && /^(?:https?:\/\/|unix:)/.test(raw)
  return Object.entries(raw).every(([name, value]) => {
    const child = node.keys.get(name)
    return child !== undefined && mayShow(child, value)
  })
}

/** A mapping that the user wrote in one line, as it is. */
function inline({ text }: Content): string {
  return /^\{.*\}$/.test(text) ? text : '{…}'
}

function inlineList({ text }: Content): string {
  return /^\[.*\]$/.test(text) ? text : '[{…}]'
}
