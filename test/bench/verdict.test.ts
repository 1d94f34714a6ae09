/** What is measured, against what must be reached. */
import t from 'tap'
import type { Result, Row } from '../../bench/report/result.ts'
import type { Target } from '../../bench/report/targets.ts'
import { judge } from '../../bench/report/verdict.ts'
import { scenarioNames } from '../../bench/scenarios/table.ts'

function row(label: string, samples: Row['samples']): Row {
  return { label, contender: label, samples }
}

function result(scenario: string, ...rows: Row[]): Result {
  return { scenario, title: '', columns: [], rows, missing: [], failures: [], versions: {}, notes: [] }
}

function verdictOf(what: string, ...results: Result[]) {
  return judge(results).find(({ target }) => target.what.startsWith(what))
}

t.test('a ratio is that of the medians of one scenario', async (t) => {
  const hot = result('hot', row('cogate', { cpu: [30, 10, 20] }), row('haproxy', { cpu: [40, 50, 60] }))
  t.match(verdictOf('CPU/request, hot tokens ÷ HAProxy', hot), { measured: 0.4, met: 'aim' })
})

t.test('between must and aim only the must is met, beyond it nothing', async (t) => {
  const hot = (cpu: number) => result('hot', row('cogate', { cpu: [cpu] }), row('haproxy', { cpu: [100] }))
  t.equal(verdictOf('CPU/request, hot tokens ÷ HAProxy', hot(90))?.met, 'must')
  t.equal(verdictOf('CPU/request, hot tokens ÷ HAProxy', hot(91))?.met, 'no')
})

t.test('throughput must be at least its bound', async (t) => {
  const download = (speed: number) =>
    result('download', row('cogate', { mibPerSecond: [speed] }), row('haproxy', { mibPerSecond: [100] }))
  t.equal(verdictOf('Download throughput', download(80))?.met, 'aim')
  t.equal(verdictOf('Download throughput', download(50))?.met, 'must')
  t.equal(verdictOf('Download throughput', download(49))?.met, 'no')
})

t.test('added latency is in milliseconds, gate less direct', async (t) => {
  const latency = result(
    'latency',
    row('cogate', { p50: [450], p99: [900] }),
    row('direct', { p50: [250], p99: [400] }),
  )
  t.match(verdictOf('Added latency at 2,000 rps, p50', latency), { measured: 0.2, met: 'aim' })
  t.equal(verdictOf('Added latency at 2,000 rps, p99', latency)?.measured, 0.5)
})

t.test('what was not measured says so', async (t) => {
  for (const { measured, met } of judge([])) t.same({ measured, met }, { measured: undefined, met: 'not measured' })
})

t.test('every target reads scenarios that exist', async (t) => {
  const asked = new Set<string>()
  for (const { target } of judge([])) {
    const { measure }: Target = target
    measure((scenario) => {
      asked.add(scenario)
      return 1
    })
  }
  for (const scenario of asked) t.ok(scenarioNames.includes(scenario), scenario)
  t.ok(asked.size > 5)
})
