/**
 * A key that the option table does not know: the known one it was probably meant to be, and what stands under it as that
 * one takes it.
 */
import type { Problem } from '../issues/issues.ts'
import { writeYaml } from '../issues/place.ts'
import { findNearest, suggestValue } from '../issues/suggest.ts'
import { isMapping } from '../read/layer.ts'
import type { KeyPath } from '../table/key.ts'
import { childrenOf, findOption } from '../table/key.ts'
import { OPTIONS } from '../table/options.ts'
import { parseValue } from '../table/values.ts'

/** What stands under the key: as a value, and as the user wrote it. */
interface Content {
  readonly raw: unknown
  readonly text: string
}

export function describeUnknown(path: KeyPath, content: Content): Problem {
  const name = String(path.at(-1))
  const holder = path.slice(0, -1)
  const siblings = childrenOf(holder)
  const near = findNearest(name, siblings)
  return {
    path,
    found: `the unknown key ${name}`,
    expected: near === undefined ? explainUnknown(name, siblings) : `one of ${siblings.join(', ')}`,
    line: near === undefined ? `# delete ${name}` : `${near}: ${writeAs([...holder, near], content)}`,
  }
}

function explainUnknown(name: string, siblings: readonly string[]): string {
  if (/secret|password/i.test(name)) return 'no secret: tokens are verified with public keys only'
  const elsewhere = OPTIONS.find((option) => option.path.endsWith(`.${name}`))
  return elsewhere ? `${elsewhere.path}, that is where ${name} belongs` : `one of ${siblings.join(', ')}`
}

/** Valid for the key at `path`, where a whole value is short enough to be shown. */
function writeAs(path: KeyPath, content: Content): string {
  const { raw, text } = content
  const found = findOption(path)
  if (!found) return isMapping(raw) ? inline(content) : text
  const { option, type } = found
  if (type.kind === 'objects') return Array.isArray(raw) ? inlineList(content) : `[${inline(content)}]`
  if (parseValue(type, raw).problems.length === 0) {
    return Array.isArray(raw) || text.includes('\n') ? writeYaml(raw) : text
  }
  return writeYaml(suggestValue(option, type, typeof raw === 'object' ? '' : String(raw)))
}

/** Mappings in block style, and all that take more than a line, are only hinted at. */
function inline({ text }: Content): string {
  return /^\{.*\}$/.test(text) ? text : '{…}'
}

function inlineList({ text }: Content): string {
  return /^\[.*\]$/.test(text) ? text : '[{…}]'
}
