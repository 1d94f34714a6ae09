/** The dashboard and the alerts against the documentation: what they name is documented, what they promise is there. */
import t from 'tap'
import { metricsOf, type Panel, readAlerts, readDashboard, readQueries } from '../helpers/dashboards.ts'
import { readPage, readTable, readWords } from './pages.ts'

const operations = readPage('docs/operations.md')
const documented = new Map(
  readTable(operations.text, '## Metrics').map(([name = '', labels = '']) => [readWords(name)[0], readWords(labels)]),
)
const expressions = [...readQueries(), ...readAlerts().map(({ expr }) => expr)]

t.test('the labels that they select and group by belong to their metrics, or to every scrape', async (t) => {
  for (const expr of expressions) {
    const own = metricsOf(expr).flatMap((name) => documented.get(name.replace(/_bucket$/, '')) ?? [])
    const known = new Set([...own, 'job', 'instance', 'le'])
    const selected = [...expr.matchAll(/(\w+)(?:!=|=~|!~|=)"/g)].map(([, name = '']) => name)
    const grouped = [...expr.matchAll(/\bby \(([\w, ]+)\)/g)].flatMap(([, list = '']) => list.split(', '))
    t.same(
      [...selected, ...grouped].filter((label) => !known.has(label)),
      [],
      expr,
    )
  }
})

t.test('each alert has a severity, a summary and a runbook, and each runbook an alert', async (t) => {
  for (const { alert, labels, annotations } of readAlerts()) {
    t.match(labels.severity, /^(?:page|ticket)$/, alert)
    t.match(annotations.summary, /\.$|: \{\{/, alert)
    t.equal(annotations.runbook, `docs/operations.md#${alert.toLowerCase()}`)
    t.ok(operations.anchors.has(alert.toLowerCase()), alert)
  }
  const headings = [...operations.text.matchAll(/^### (Cogate\w+)$/gm)].map(([, name]) => name)
  t.same(
    headings,
    readAlerts()
      .map(({ alert }) => alert)
      .toSorted(byPlaceIn(headings)),
  )
})

function byPlaceIn(list: readonly (string | undefined)[]): (a: string, b: string) => number {
  return (a, b) => list.indexOf(a) - list.indexOf(b)
}

t.test('panels of the dashboard do not overlap, and have a number and a title of their own', async (t) => {
  const { panels } = readDashboard()
  const shown = panels.filter(({ type }) => type !== 'row')
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  t.equal(new Set(panels.map(({ title }) => title)).size, panels.length)
  t.ok(panels.every(({ gridPos }) => gridPos.x + gridPos.w <= 24))
  const overlaps = panels.flatMap((one, at) => panels.slice(at + 1).filter((other) => overlap(one, other)))
  t.same(overlaps, [])
  t.ok(shown.every(({ targets = [] }) => targets.length > 0))
})

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

t.test('the dashboard shows every metric of cogate but those that say the same twice', async (t) => {
  const shown = new Set(
    readQueries()
      .flatMap(metricsOf)
      .map((name) => name.replace(/_bucket$/, '')),
  )
  t.same(
    [...documented.keys()].filter((name) => name !== undefined && !shown.has(name)),
    ['cogate_verifications_total'],
  )
})
