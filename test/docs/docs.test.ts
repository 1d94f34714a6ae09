/**
 * The pages beside the README, compared with the code they describe: reasons, metrics, log fields, keys, file names,
 * links, the sidecar manifest. A page that has gone stale fails here.
 */
import type { Test } from 'tap'
import t from 'tap'
import { parse } from 'yaml'
import { envNames } from '../../src/config/table/option.ts'
import { OPTIONS } from '../../src/config/table/options.ts'
import { createRegistry } from '../../src/ops/exposition/registry.ts'
import { createWorkerMetrics } from '../../src/ops/exposition/worker-metrics.ts'
import { Metrics } from '../../src/ops/metrics.ts'
import type { ReasonFacts } from '../../src/reasons.ts'
import { reasons } from '../../src/reasons.ts'
import type { TestGate } from '../helpers/gateway.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'
import { findFiles, readPage, readPages, readRepositoryFile, readTable, readWords, withoutBlocks } from './pages.ts'

const pages = readPages()
const howItWorks = readPage('docs/how-it-works.md')
const operations = readPage('docs/operations.md')
const security = readPage('docs/security.md')
const reasonNames = Object.keys(reasons)

t.test('links lead to files and headings that exist', async (t) => {
  for (const { path, text } of pages) {
    const links = [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map(({ 1: link = '' }) => link)
    const broken = links.filter((link) => !/^https?:/.test(link) && !isReachable(path, link))
    t.same(broken, [], path)
  }
})

function isReachable(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? from : new URL(file, `file:///${from}`).pathname.slice(1)
  if (findFiles(target).length === 0) return false
  return anchor === undefined || readPage(target).anchors.has(anchor)
}

t.test('files named in the text exist', async (t) => {
  const named = /^(?:(?:src|test|docs|deploy|bench|\.ci)\/[\w./*-]*|[\w-]+\.(?:json|md))$/
  for (const { path, text } of pages) {
    const files = readWords(withoutBlocks(text)).filter((word) => named.test(word) && word !== 'jwks.json')
    t.same(
      files.filter((file) => !isFile(file)),
      [],
      path,
    )
  }
})

function isFile(file: string): boolean {
  return findFiles(file.replace(/\/$/, '')).length > 0
}

/** ADRs name files from src: `log.ts`. */
function isSourceFile(file: string): boolean {
  return isFile(`src/${file}`)
}

t.test('scripts named in the text exist', async (t) => {
  const { scripts } = JSON.parse(readRepositoryFile('package.json')) as { scripts: Record<string, string> }
  const commands = pages.map(({ text }) => text).join('\n')
  for (const [, script = ''] of commands.matchAll(/npm run ([\w:]+)/g)) t.ok(script in scripts, `npm run ${script}`)
})

const registry = createRegistry(new Metrics(), {
  cache: () => ({ hits: 0, misses: 0, evictions: 0, entries: 0 }),
  keys: () => [],
  inFlight: () => 0,
  waiting: () => 0,
  connections: () => [],
  revocations: () => undefined,
  loopDelayMs: () => undefined,
  version: '0.0.0',
})

const registries = [
  registry,
  createWorkerMetrics({
    countServing: () => 0,
    lastReload: () => ({ isGood: true, goodAt: 0 }),
    activity: () => [],
  }).registry,
]

/** Ours; the type of the library leaves the labels out. */
const ownMetrics = (
  registries.flatMap((registry) => registry.getMetricsAsArray()) as { name: string; labelNames?: readonly string[] }[]
)
  .filter(({ name }) => name.startsWith('cogate_'))
  .map(({ name, labelNames = [] }) => ({ name, labels: [...labelNames].toSorted() }))

t.test('the metrics table has every metric with its labels, and no other', async (t) => {
  const rows = readTable(operations.text, '## Metrics')
  const listed = rows.map(([name = '', labels = '']) => ({
    name: readWords(name)[0] ?? '',
    labels: readWords(labels).toSorted(),
  }))
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)
  t.same(listed.toSorted(byName), ownMetrics.toSorted(byName))
})

t.test('metrics and labels used anywhere in the text exist', async (t) => {
  const names = new Set(ownMetrics.map(({ name }) => name))
  const labels = new Set(ownMetrics.flatMap((metric) => metric.labels))
  for (const { path, text } of pages) {
    const used = [...text.matchAll(/\bcogate_[a-z_]+/g)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''))
    t.same(
      used.filter((name) => !names.has(name)),
      [],
      path,
    )
    const selectors = [...text.matchAll(/\bcogate_[a-z_]+\{([^}]*)\}/g)].map(({ 1: selector = '' }) => selector)
    const selected = selectors.flatMap((selector) =>
      [...selector.matchAll(/(\w+)(?:!=|=~|!~|=)/g)].map(([, name]) => name),
    )
    const grouped = [...text.matchAll(/\bby \(([\w, ]+)\)/g)].flatMap(({ 1: list = '' }) => list.split(', '))
    t.same(
      [...selected, ...grouped].filter((label) => !labels.has(label ?? '')),
      [],
      `labels in ${path}`,
    )
  }
})

t.test('the alerts are rules Prometheus can read', async (t) => {
  const { groups } = parse(readRepositoryFile('deploy/prometheus/alerts.yaml')) as {
    groups: { rules: { alert: string; expr: string }[] }[]
  }
  const rules = groups.flatMap((group) => group.rules)
  t.ok(rules.length >= 3)
  for (const { alert, expr } of rules) {
    t.match(alert, /^Cogate[A-Za-z]+$/)
    t.match(expr, /cogate_/)
    t.equal(expr.split('(').length, expr.split(')').length, `${alert}: brackets match`)
  }
})

t.test('the reason table is src/reasons.ts', async (t) => {
  const rows = Object.entries<ReasonFacts>(reasons).map(writeReason)
  const table = howItWorks.text.slice(howItWorks.text.indexOf('<!-- reasons'), howItWorks.text.indexOf('<!-- /reasons'))
  t.same(table.trimEnd().split('\n').slice(3), rows)
})

function writeReason([reason, { kind, status, error, detail }]: readonly [string, ReasonFacts]): string {
  const bare = kind === 'challenge' ? 'no `error`' : ''
  return `| \`${reason}\` | ${status} | ${error === undefined ? bare : `\`error="${error}"\``} | ${detail} |`
}

t.test('the walk names only reasons that exist', async (t) => {
  const words = readTable(howItWorks.text, '## The walk').flatMap((row) => readWords(row.at(-1) ?? ''))
  t.same(
    words.filter((word) => word !== 'allowed' && !reasonNames.includes(word)),
    [],
  )
  const missing = reasonNames.filter((reason) => !words.includes(reason))
  t.same(missing, ['internal_error'], 'every reason but that of a defect has its step')
})

t.test('the statuses of the walk are those of its reasons', async (t) => {
  for (const row of readTable(howItWorks.text, '## The walk')) {
    const words = readWords(row.at(-1) ?? '').filter((word) => word !== 'allowed')
    const statuses = words.map(
      (word) => Object.entries<ReasonFacts>(reasons).find(([name]) => name === word)?.[1].status,
    )
    const claimed = (row.at(-2) ?? '').split(', ').filter((status) => /^\d+$/.test(status))
    t.same(new Set(claimed.map(Number)), new Set(statuses), words.join(' '))
  }
})

t.test('troubleshooting covers every reason', async (t) => {
  const rows = readTable(operations.text, '## Troubleshooting by reason')
  t.same(rows.flatMap(([reason = '']) => readWords(reason)).toSorted(), reasonNames.toSorted())
})

const topKeys = new Set(OPTIONS.map(({ path }) => path.split(/\.|\[/)[0] ?? ''))

/** `jwks.maxStale`, `drain.delay: 0s` → the key; other words have no dot or another beginning. */
function readKey(word: string): readonly string[] {
  const [, key = '', top = ''] = /^((\w+)(?:\.\w+)+)(?::|$)/.exec(word) ?? []
  return topKeys.has(top) ? [key] : []
}

t.test('keys and variables named in the text exist', async (t) => {
  const keys = OPTIONS.map(({ path }) => path)
  const secrets = OPTIONS.filter(({ secret }) => secret).flatMap((option) => envNames(option))
  const files = secrets.map((name) => `${name}_FILE`)
  const variables = new Set([...OPTIONS.flatMap((option) => envNames(option)), ...files, 'COGATE_CONFIG'])
  for (const { path, text } of pages.filter((page) => page.path !== 'docs/configuration.md')) {
    const used = readWords(withoutBlocks(text)).flatMap(readKey)
    t.same(
      used.filter((key) => !isSourceFile(key) && !keys.some((known) => known === key || known.startsWith(`${key}.`))),
      [],
      path,
    )
    const named = [...text.matchAll(/\bCOGATE_[A-Z_]+\b/g)].map(([name]) => name)
    t.same(
      named.filter((name) => !variables.has(name) && !name.endsWith('_')),
      [],
      path,
    )
  }
})

t.test('what an operator turns is explained in operations, key by key', async (t) => {
  const turned = /^(?:workers|limits|rateLimit|drain|log|upstream\.(?:max\w+|wait\w+|\w+Timeout|webSocket))(?:\.|$)/
  const keys = OPTIONS.map(({ path }) => path).filter((path) => turned.test(path))
  t.ok(keys.includes('workers') && keys.includes('limits.eventLoopDelay') && keys.includes('upstream.maxWaiting'))
  const explained = new Set(readWords(operations.text).map((word) => word.replace(/:.*$/, '')))
  t.same(
    keys.filter((key) => !explained.has(key)),
    [],
  )
})

async function startObservedGate(t: Test): Promise<{ gate: TestGate; token: string }> {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  return { gate: await startTestGate(t, { issuer, upstream: upstream.url }), token: issuer.mintAccessToken() }
}

t.test('the access line is as the page shows it', async (t) => {
  const { gate, token } = await startObservedGate(t)
  await fetch(gate.url, { headers: { authorization: `Bearer ${token}` } }).then((response) => response.text())
  const line = await gate.logged(({ msg }) => msg === 'access')
  const [block] = operations.blocks.filter(({ marker }) => marker === 'access-line')
  const shown: Record<string, unknown> = JSON.parse(block?.text ?? '')
  t.same(Object.keys(shown), Object.keys(line), 'the same fields in the same order')
  const described = readTable(operations.text, '## Logs').flatMap(([field = '']) => readWords(field))
  t.same(described.toSorted(), [...Object.keys(line), ...sometimes].filter(isOwnField).toSorted())
})

/** Not of a plain request. */
const sometimes = [
  ...['aborted', 'advice', 'client', 'form', 'limit', 'readings', 'rules', 'second', 'traceId'],
  ...['aud', 'client_id', 'iss', 'kid'],
]

function isOwnField(field: string): boolean {
  return !['level', 'time', 'msg'].includes(field)
}

t.test('every other log line of the page is written somewhere in src', async (t) => {
  const sources = findFiles('src/**/*.ts').map(readRepositoryFile).join('\n')
  const messages = readTable(operations.text, 'Other lines:').flatMap(([message = '']) => readWords(message))
  t.ok(messages.length > 10)
  for (const message of messages) t.ok(sources.includes(message), message)
})

t.test('readiness without keys is as the page shows it', async (t) => {
  const issuer = await startTestIssuer(t)
  const gate = await startTestGate(t, {
    issuer,
    upstream: 'http://127.0.0.1:9',
    env: { COGATE_USER_POOL_JWKS_URI: 'http://127.0.0.1:9/jwks.json' },
    waitForKeys: false,
  })
  await gate.logged(({ msg }) => msg === 'fetch_failed')
  const response = await fetch(`${gate.opsUrl}/readyz`)
  const [block] = operations.blocks.filter(({ marker }) => marker === 'readyz')
  t.equal(response.status, 503)
  t.same(await response.json(), JSON.parse(block?.text ?? ''))
})

t.test('the table of findings has every finding of cogate check, and no other', async (t) => {
  const union = readRepositoryFile('src/cli/check/finding.ts').split('readonly ok:')[0] ?? ''
  const known = [...union.matchAll(/\| '(\w+)'/g)].map(([, name = '']) => name)
  const listed = readTable(operations.text, '| finding | what it says |').flatMap(([name = '']) => readWords(name))
  t.ok(known.length > 10)
  t.same(listed.toSorted(), known.toSorted())
})

t.test('the attack table lists every test of test/security, and no other', async (t) => {
  const listed = readTable(security.text, '## Attacks').flatMap((row) => readWords(row.at(-1) ?? ''))
  t.same(listed.toSorted(), findFiles('test/security/*.test.ts').toSorted())
})

t.test('the version is the same in package, changelog, security policy and manifests', async (t) => {
  const { version } = JSON.parse(readRepositoryFile('package.json')) as { version: string }
  t.match(readRepositoryFile('CHANGELOG.md'), `## [${version}]`)
  t.match(readRepositoryFile('SECURITY.md'), `| ${version.replace(/\d+$/, 'x')} | yes |`)
  for (const path of ['README.md', 'deploy/sidecar.yaml']) {
    t.match(readRepositoryFile(path), `example.com/cogate:${version}`)
  }
  for (const path of ['README.md', 'docs/library.md', 'docs/doctor.md']) {
    t.match(readRepositoryFile(path), `/cogate-${version}.tgz`)
  }
})

t.test('npm start, the image and the page on memory give Node.js the same flags', async (t) => {
  const { scripts } = JSON.parse(readRepositoryFile('package.json')) as { scripts: { start: string } }
  const [, flag = 'none'] = /node (--\S+) dist\/main\.js start$/.exec(scripts.start) ?? []
  t.match(readRepositoryFile('Dockerfile'), `"${flag}", "/app/dist/main.js"`)
  t.match(operations.text, `\`${flag}\``)
})
