/** Tables, plots and the place of the report in the README of the bench. */
import t from 'tap'
import { toMarkdown } from '../../bench/report/markdown.ts'
import { plotsOf } from '../../bench/report/plots.ts'
import type { Result } from '../../bench/report/result.ts'
import { ticks } from '../../bench/report/svg.ts'
import { judge } from '../../bench/report/verdict.ts'
import { between } from '../../bench/report/write.ts'
import { loadColumns, problemOf } from '../../bench/scenarios/load.ts'

const hot: Result = {
  scenario: 'hot',
  title: 'Hot tokens',
  columns: loadColumns(),
  rows: [
    { label: 'cogate', contender: 'cogate', samples: { cpu: [30, 20], cpuUser: [20], cpuSystem: [5], rps: [25_000] } },
    {
      label: 'haproxy',
      contender: 'haproxy',
      samples: { cpu: [50, 50], cpuUser: [30], cpuSystem: [20], rps: [18_000] },
    },
  ],
  missing: [{ contender: 'apache', why: 'apache2 is not installed' }],
  failures: ['hot: recipe does not gate'],
  versions: {},
  notes: [],
}
const report = {
  results: [hot],
  verdicts: judge([hot]),
  machine: { kernel: 'Linux' },
  command: 'bench',
  rounds: 2,
  seconds: 1,
}

t.test('a row shows the median, its spread and the ratio to cogate', async (t) => {
  t.match(toMarkdown(report), '| cogate | 25.0 (20.0–30.0) | 20.0 | 5.0 | 1.00 | 25,000 |')
  t.match(toMarkdown(report), '| haproxy | 50.0 (50.0–50.0) | 30.0 | 20.0 | 2.00 | 18,000 |')
})

t.test('what is missing and what failed is named', async (t) => {
  t.match(toMarkdown(report), '- Missing: apache (apache2 is not installed).')
  t.match(toMarkdown(report), '- **Failed:** hot: recipe does not gate')
})

t.test('plots are drawn of what was measured only', async (t) => {
  const plots = plotsOf([hot])
  t.same(
    plots.map(({ file }) => file),
    ['cpu.svg'],
  )
  t.match(plots[0]?.svg, '>haproxy</text>')
})

t.test('ticks are round figures from zero to beyond the highest', async (t) => {
  t.same(ticks(87), [0, 20, 40, 60, 80, 100])
  t.same(ticks(0.9), [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
})

t.test('the report replaces what stands between its markers and nothing else', async (t) => {
  const before = 'a\n<!-- report -->\nold\n<!-- /report -->\nz\n'
  t.equal(between(before, 'new\n'), 'a\n<!-- report -->\n\nnew\n\n<!-- /report -->\nz\n')
  t.throws(() => between('no markers', 'new'), /has no/)
})

t.test('a load is judged by statuses and connections', async (t) => {
  const good = { requests: 10, refused: 0, socketErrors: 0, expect: 'ok' } as const
  t.equal(problemOf(good), undefined)
  t.equal(problemOf({ ...good, refused: 10, expect: 'refused' }), undefined)
  t.match(problemOf({ ...good, refused: 1 }), '1 of 10 answers were 400 or above')
  t.match(problemOf({ ...good, refused: 9, expect: 'refused' }), '1 of 10 requests were let in')
  t.match(problemOf({ ...good, socketErrors: 2 }), '2 connections')
  t.match(problemOf({ ...good, requests: 0 }), 'no answer')
})
