/**
 * Collects every mistake of a load before anything is thrown, and knows which keys hold no usable value, so that one
 * mistake is not reported twice in different words.
 */
import type { ConfigIssue } from '../../errors.ts'
import type { KeyPath } from '../table/key.ts'
import { findOption, formatKey, holdersOf } from '../table/key.ts'
import type { Place } from './place.ts'
import { formatSource, shorten, showText, writeLine } from './place.ts'

export interface Problem {
  readonly path: KeyPath
  readonly expected: string
  /** Default: the text at the place. */
  readonly found?: string
  /** The value to write at the place. */
  readonly write?: unknown
  /** A whole line instead of `write`. */
  readonly line?: string
}

export interface Issues {
  /** The key has no usable value: no rule is to judge it. */
  readonly addBroken: (problem: Problem, place: Place) => void
  readonly add: (problem: Problem, place: Place) => void
  /** Also when the key holds a broken one, or a broken one holds it. */
  readonly isBroken: (key: string) => boolean
  readonly list: () => readonly ConfigIssue[]
}

export function collectIssues(): Issues {
  const issues = new Map<string, ConfigIssue>()
  const broken = new Set<string>()
  const holders = new Set<string>()
  const add = (problem: Problem, place: Place): void => {
    const issue = toIssue(problem, place)
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

function toIssue(problem: Problem, place: Place): ConfigIssue {
  const secret = findOption(problem.path)?.option.secret === true
  const found = (problem.found ?? (place.kind === 'unset' ? '' : place.text)) || 'nothing'
  return {
    key: shorten(showText(formatKey(problem.path))) || 'config',
    source: showText(formatSource(place)),
    found: secret ? '(secret)' : shorten(showText(found)),
    expected: problem.expected,
    fix: secret ? 'write the secret again' : showText(problem.line ?? writeLine(place, problem.path, problem.write)),
  }
}
