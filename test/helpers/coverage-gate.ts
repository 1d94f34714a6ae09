/**
 * Fails when coverage is below what the project promises: every line and branch of the decision, 95 % of all of src.
 * Reads the JSON summary tap has just written.
 */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

interface Figure {
  readonly total: number
  readonly covered: number
}

type FileSummary = Readonly<Record<'lines' | 'branches', Figure>>

const complete = /^src\/(?:reasons\.ts$|decide\/(?!runtime\.ts|compile-verifier\.ts)|(?:tokens|headers)\/)/
const leastPercent = 95

const summary = JSON.parse(readFileSync('.tap/report/coverage-summary.json', 'utf8')) as Record<string, FileSummary>
const files = Object.entries(summary)
  .filter(([name]) => name !== 'total')
  .map(([name, figures]) => ({ file: relative(process.cwd(), name), ...figures }))
  .filter(({ file }) => file.startsWith('src/'))

function percentOf(figures: readonly Figure[]): number {
  const total = figures.reduce((sum, figure) => sum + figure.total, 0)
  return (100 * figures.reduce((sum, figure) => sum + figure.covered, 0)) / total
}

const missing = files
  .filter(({ file }) => complete.test(file))
  .filter(({ lines, branches }) => lines.covered < lines.total || branches.covered < branches.total)
const lines = percentOf(files.map((file) => file.lines))
const branches = percentOf(files.map((file) => file.branches))

console.log(`coverage of ${files.length} files: ${lines.toFixed(2)} % lines, ${branches.toFixed(2)} % branches`)
for (const { file, ...figures } of missing) {
  console.error(
    `${file}: ${percentOf([figures.lines])} % lines, ${percentOf([figures.branches])} % branches, not 100 %`,
  )
}
if (files.length < 40 || missing.length > 0 || lines < leastPercent || branches < leastPercent) {
  console.error('coverage is below what CONTRIBUTING.md promises')
  process.exitCode = 1
}
