/**
 * A run as Markdown: targets, a table a scenario, the machine. Says what is missing and what failed; drops nothing.
 */
import { spreadOf } from '../statistics.ts'
import type { Machine } from './machine.ts'
import { type Column, medianOf, type Result, type Row } from './result.ts'
import type { Verdict } from './verdict.ts'

export interface Report {
  readonly results: readonly Result[]
  readonly verdicts: readonly Verdict[]
  readonly machine: Machine
  readonly command: string
  readonly rounds: number
  readonly seconds: number
}

export function toMarkdown(report: Report): string {
  const parts = [...report.results.map(scenarioPart), targetPart(report.verdicts), machinePart(report)]
  return `${parts.join('\n\n')}\n`
}

function scenarioPart(result: Result): string {
  const { title, scenario, columns, rows, notes, missing, failures } = result
  const lines = [
    ...notes.map((note) => `- ${note}`),
    ...missing.map(({ contender, why }) => `- Missing: ${contender} (${why}).`),
    ...failures.map((failure) => `- **Failed:** ${failure.replaceAll('\n', ' / ')}`),
  ]
  const heads = ['', ...columns.map(({ head }) => head)]
  const body = rows.map((row) => [row.label, ...columns.map((column) => cell(result, row, column))])
  const blocks = [`### ${title}`, `\`${scenario}\``, table(heads, body), lines.join('\n')]
  return blocks.filter((block) => block !== '').join('\n\n')
}

function cell(result: Result, row: Row, { key, digits, spread = false, against }: Column): string {
  const samples = row.samples[key]
  if (samples === undefined || samples.length === 0) return '–'
  const { median, min, max } = spreadOf(samples)
  if (against === undefined) {
    const range = spread && samples.length > 1 ? ` (${formatted(min, digits)}–${formatted(max, digits)})` : ''
    return `${formatted(median, digits)}${range}`
  }
  const other = medianOf(result, against.label, key)
  if (other === undefined) return '–'
  return formatted(against.how === 'ratio' ? median / other : median - other, digits)
}

function targetPart(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ target: { what, unit, bound, must, aim }, measured, met }) => {
    const sign = bound === 'most' ? '≤' : '≥'
    const digits = unit === '' || must < 10 ? 2 : 0
    const withUnit = (figure: number): string => `${formatted(figure, digits)} ${unit}`.trim()
    const limit = (figure: number | undefined): string => (figure === undefined ? '' : `${sign} ${withUnit(figure)}`)
    return [what, limit(must), limit(aim), measured === undefined ? '' : withUnit(measured), answers[met]]
  })
  return `### Targets\n\n${table(['', 'must', 'aim', 'measured', 'met'], rows)}`
}

const answers: Readonly<Record<Verdict['met'], string>> = {
  aim: 'yes',
  must: 'must, not aim',
  no: '**no**',
  'not measured': 'not measured',
}

function machinePart({ machine, command, rounds, seconds }: Report): string {
  const facts = Object.entries(machine).map(([name, value]) => [name, value])
  const how = `\`${command}\`: ${rounds} × ${seconds} s; median (least–greatest) of the rounds.`
  return `### Machine\n\n${how}\n\n${table(['', ''], facts)}`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = `|${heads.map((_, n) => (n === 0 ? '---|' : '---:|')).join('')}`
  return [line(heads), rule, ...rows.map(line)].join('\n')
}

function formatted(figure: number, digits: number): string {
  return figure.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
