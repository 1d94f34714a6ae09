/**
 * Collects every mistake of a load before anything is thrown, and remembers which keys hold no usable value, so that
 * one mistake is not reported twice in different words. Never shows a secret.
 */
import type { ConfigIssue } from '../../errors.ts'
import type { KeyPath } from '../table/key.ts'
import { formatKey, holdersOf } from '../table/key.ts'
import type { OptionTable } from '../table/option-table.ts'
import { findNode, findOption, holdsSecret } from '../table/option-table.ts'
import { TABLE } from '../table/options.ts'
import type { Place } from './place.ts'
import { formatSource, shorten, showText, writeLine } from './place.ts'

export interface Problem {
  readonly path: KeyPath
  readonly expected: string
  /** What the user wrote. Default: the text at the place. */
  readonly found?: string
  /** The value to write at the place. */
  readonly write?: unknown
  /** A whole line instead of `write`. */
  readonly line?: string
  /** For a key that is a secret: `found`, `write` and `line` are no secret, and are shown. */
  readonly isShown?: true
}

export interface Issues {
  /** Adds an issue and marks its key: the key has no usable value, so no rule judges it. */
  readonly addBroken: (problem: Problem, place: Place) => void
  readonly add: (problem: Problem, place: Place) => void
  /** True for a key that `addBroken` marked, and for every key above or below it. */
  readonly isBroken: (key: string) => boolean
  readonly list: () => readonly ConfigIssue[]
}

/** `table` says which values are secrets, which no issue shows. */
export function collectIssues(table: OptionTable = TABLE): Issues {
  const issues = new Map<string, ConfigIssue>()
  const broken = new Set<string>()
  const holders = new Set<string>()
  const add = (problem: Problem, place: Place): void => {
    const issue = toIssue(problem, place, table)
    issues.set(`${issue.key}\n${issue.source}\n${issue.expected}`, issue)
  }
  return {
    add,
    addBroken(problem, place) {
      const key = formatKey(problem.path)
      broken.add(key)
      for (const holder of holdersOf(key)) holders.add(holder)
      add(problem, place)
    },
    isBroken: (key) => holders.has(key) || holdersOf(key).some((holder) => broken.has(holder)),
    list: () => [...issues.values()],
  }
}

function toIssue(problem: Problem, place: Place, table: OptionTable): ConfigIssue {
  const isSecret = problem.isShown !== true && findOption(problem.path, table)?.option.secret === true
  const text = place.kind === 'unset' ? '' : shownText(problem.path, place, table)
  return {
    key: shorten(showText(formatKey(problem.path))) || 'config',
    source: showText(formatSource(place)),
    found: isSecret ? '(secret)' : shorten(showText((problem.found ?? text) || 'nothing')),
    expected: problem.expected,
    fix: isSecret
      ? (problem.line ?? adviceOnSecret(problem.path, place, table))
      : showText(problem.line ?? writeLine(place, problem.path, problem.write)),
  }
}

/** The shape alone, where the whole value is in the wrong one. */
function adviceOnSecret(path: KeyPath, { text }: Place, table: OptionTable): string {
  if (/\S/.test(text) && text !== text.trim())
    return '# write it without the blanks and line breaks around it: printf %s "$SECRET" > FILE'
  const node = findNode(path, table)
  const kind = node?.kind === 'value' && typeof path.at(-1) === 'string' ? node.option.type.kind : undefined
  if (kind === 'list') return `# write the secret again, as an item of a list: ${path.at(-1)}: [ … ]`
  return kind === 'map' ? `# write it again, by names: ${path.at(-1)}: { NAME: … }` : '# write the secret again'
}

/** A mapping or list in the wrong shape may still hold a secret. */
function shownText(path: KeyPath, { text }: Place, table: OptionTable): string {
  const node = findNode(path, table)
  return text !== '' && node && holdsSecret(node) ? '(not shown: it may hold a secret)' : text
}
