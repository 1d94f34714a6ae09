/**
 * Mistakes of a configuration as plain text. Loads no YAML: a library has none to show.
 */
import type { ConfigIssue } from '../../errors.ts'

/** One block an issue. */
export function renderIssues(issues: readonly ConfigIssue[]): string {
  const blocks = issues.map(({ key, source, found, expected, fix }) =>
    [`${key}  (${source})`, `  found     ${found}`, `  expected  ${expected}`, `  write     ${fix}`].join('\n'),
  )
  return `${blocks.join('\n\n')}\n`
}
