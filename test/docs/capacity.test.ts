/** The capacity plan of docs/operations.md: figures of the bench, arithmetic, and values that the Helm chart takes. */
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { chart, pick, render } from '../helpers/helm.ts'
import { skipKube } from '../helpers/kube-tools.ts'
import { readPage, readTable, readWords } from './pages.ts'

const { text, blocks } = readPage('docs/operations.md')
const report = readPage('bench/README.md').text

/** CPU time of cogate in the published run, in microseconds a request. */
function benchedMicros(scenario: string): number {
  const part = report.slice(report.indexOf(`\n\`${scenario}\`\n`))
  return Number(/^\| cogate \| ([\d.]+) \(/m.exec(part)?.[1])
}

t.test('the CPU times are those of the published bench, and the rates follow from them', async (t) => {
  const rows = readTable(text, '<!-- capacity -->')
  t.ok(rows.length > 4)
  for (const [request, scenario = '', micros, rate = ''] of rows) {
    const [name = ''] = readWords(scenario)
    t.equal(Number(micros), benchedMicros(name), `${request}: ${name}`)
    t.equal(Number(rate.replace(',', '')), Math.floor(600_000 / benchedMicros(name) / 100) * 100, `${request}`)
  }
})

t.test('the factor of the access log is that of the published bench', async (t) => {
  const [, factor = 'none'] = /^\| cogate, access log \|[^|]+\|[^|]+\|[^|]+\| ([\d.]+) \|/m.exec(report) ?? []
  t.ok(text.replaceAll(/\s+/g, ' ').includes(`access log takes ${factor} times as much`), factor)
})

t.test('the example of the plan is worked out right', async (t) => {
  const example =
    /^For example, ([\d,]+) requests a second[\s\S]*?= (\d+) µs, so\n([\d,]+) .*so (\d+) replicas, and (\d+) .*?; (\d+) over/m
  const [, peak, micros, rate, replicas, more, zones] = (example.exec(text) ?? []).map((each) =>
    Number(each.replace(',', '')),
  )
  const cost = Math.round(2 * 51 * 1.14)
  const ofOneCore = Math.floor(600_000 / cost / 100) * 100
  const needed = Math.ceil(Number(peak) / ofOneCore)
  t.same(
    { micros, rate, replicas, more, zones },
    {
      micros: cost,
      rate: ofOneCore,
      replicas: needed,
      more: needed + 1,
      zones: Math.ceil((needed * 3) / 2),
    },
  )
})

t.test('half of the connections to the service is the target of the autoscaler', async (t) => {
  const env = { COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI', COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample' }
  const { upstream } = loadConfig({ argv: [], env: { ...env, COGATE_UPSTREAM: 'http://127.0.0.1:8080' } }).config
  t.match(text, `averageValue: "${upstream.maxConnections / 2}"`)
  t.match(text, `\`upstream.maxConnections\` connections (${upstream.maxConnections})`)
})

t.test('the chart takes the values, and scales on CPU and on requests in flight', { skip: skipKube }, async (t) => {
  const [values] = blocks.filter(({ marker }) => marker === 'helm-values')
  const files = [`${chart}/ci/minimal-values.yaml`]
  const manifests = render({ files, values: parse(values?.text ?? '') })
  const { minReplicas, metrics } = pick(manifests, 'HorizontalPodAutoscaler').spec
  t.equal(minReplicas, 3)
  t.match(metrics, [
    { resource: { name: 'cpu', target: { averageUtilization: 60 } } },
    { pods: { metric: { name: 'cogate_requests_in_flight' } } },
  ])
  const { resources } = pick(manifests, 'Deployment').spec.template.spec.containers[0]
  t.notOk(resources.limits.cpu, 'no CPU limit')
})

t.test('the sizes of a sidecar hold what was measured', async (t) => {
  const rows = readTable(text, '<!-- sidecar -->')
  t.same(
    rows.map(([rate]) => rate),
    ['100', '1,000', '5,000'],
  )
  for (const [rate, millicores, rss, requests = '', limit = ''] of rows) {
    const [, cpu, memory] = /cpu: (\w+), memory: (\d+)Mi/.exec(requests) ?? []
    const asked = cpu?.endsWith('m') ? Number.parseInt(cpu, 10) : Number(cpu) * 1000
    t.ok(asked >= Number(millicores), `${rate}: CPU`)
    t.ok(Number(memory) >= Number(rss), `${rate}: memory`)
    t.ok(Number(/(\d+)Mi/.exec(limit)?.[1]) >= 1.5 * Number(rss), `${rate}: limit`)
  }
})
