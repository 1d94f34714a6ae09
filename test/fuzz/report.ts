/** What a run says at its end: one row a fuzzer, as Markdown. */
import type { Result } from './campaign.ts'

const shownOutcomes = 6

export function renderTable(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.name,
    String(result.cases),
    perSecond(result),
    result.failure === undefined ? '0' : '1',
    describeOutcomes(result.outcomes),
  ])
  return [['fuzzer', 'cases', 'a second', 'failures', 'outcomes'], ['---', '--:', '--:', '--:', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function perSecond({ cases, seconds }: Result): string {
  return seconds === 0 ? '0' : String(Math.round(cases / seconds))
}

/** The most frequent first. */
function describeOutcomes(outcomes: ReadonlyMap<string, number>): string {
  const sorted = [...outcomes].toSorted(([, one], [, other]) => other - one)
  const shown = sorted.slice(0, shownOutcomes).map(([outcome, count]) => `${outcome} ${count}`)
  const rest = sorted.length - shown.length
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
}
