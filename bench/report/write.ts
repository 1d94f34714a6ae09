/**
 * `--write`: the report between its markers in the README of the bench, raw figures and plots beside it. Touches nothing
 * outside the markers.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type Report, toMarkdown } from './markdown.ts'
import { plotsOf } from './plots.ts'

const readme = new URL('../README.md', import.meta.url)
const results = new URL('../results/', import.meta.url)
const markers = { begin: '<!-- report -->', end: '<!-- /report -->' }

export function writeReport(report: Report): void {
  mkdirSync(results, { recursive: true })
  writeFileSync(new URL('report.json', results), toJson(report))
  const plots = plotsOf(report.results)
  for (const { file, svg } of plots) writeFileSync(new URL(file, results), svg)
  const pictures = plots.map(({ file }) => `![${file.replace('.svg', '')}](results/${file})`)
  const text = [...pictures, toMarkdown(report)].join('\n\n')
  writeFileSync(readme, between(readFileSync(readme, 'utf8'), text))
}

export function toJson({ results, machine, command, rounds, seconds }: Report): string {
  return `${JSON.stringify({ command, rounds, seconds, machine, results }, null, 1)}\n`
}

/** The text with what stands between the markers replaced; throws when it has no markers. */
export function between(text: string, content: string): string {
  const begin = text.indexOf(markers.begin)
  const end = text.indexOf(markers.end)
  if (begin === -1 || end < begin) throw new Error(`bench/README.md has no ${markers.begin} … ${markers.end}`)
  return `${text.slice(0, begin + markers.begin.length)}\n\n${content.trim()}\n\n${text.slice(end)}`
}
