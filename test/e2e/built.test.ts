/**
 * What `npm run build` makes, with nothing beside it but package.json, as in the image: it serves, relays, reads YAML and
 * counts without the packages it is made of, and holds their licences.
 */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { untilMetrics } from '../helpers/metrics.ts'
import { preload, reportLoads } from '../helpers/preload.ts'
import { startUpstream } from '../helpers/upstream.ts'
import { openCaller, startSocketUpstream } from '../helpers/websockets.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const image = mkdtempSync(join(tmpdir(), 'cogate-built-'))
t.teardown(() => rmSync(image, { recursive: true }))
const dist = join(image, 'dist')
const program = join(dist, 'main.js')
const issuer = await startTestIssuer(t)
const authorization = `Bearer ${issuer.mintAccessToken()}`

/** The packages that the sources import. */
function packagesOf(folder: string): ReadonlySet<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'))
  const named = texts.flatMap((text) => [
    ...text.matchAll(/^(?:import|export) (?!type ).*? from '((?:@[^/']+\/)?[\w-]+)/gm),
  ])
  return new Set(named.map(([, name = '']) => name).filter((name) => name !== 'node'))
}

function build(directory: string) {
  return spawnSync(process.execPath, ['scripts/build.ts', directory], { cwd: repository, encoding: 'utf8' })
}

t.test('it is built into an empty folder, and what lay in dist before is gone', async (t) => {
  t.match(build(dist), { status: 0, stdout: '', stderr: '' })
  const files = readdirSync(dist)
  writeFileSync(join(dist, 'stale.js'), '')
  t.match(build(dist), { status: 0 })
  t.same(readdirSync(dist), files)
  copyFileSync(join(repository, 'package.json'), join(image, 'package.json'))
})

t.test('a folder that holds something else is left as it is', async (t) => {
  const other = join(image, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'notes.txt'), 'mine')
  const { status, stderr } = build(other)
  t.equal(status, 1)
  t.match(stderr, 'holds something else than a build')
  t.same(readdirSync(other), ['notes.txt'])
})

t.test('the AWS SDK is not in it, and whoever needs it is told', async (t) => {
  const size = readdirSync(dist).reduce((sum, file) => sum + statSync(join(dist, file)).size, 0)
  t.notMatch(readFileSync(join(dist, 'LICENSES.txt'), 'utf8'), '@aws-sdk/')
  t.ok(size < 8 * 1024 ** 2, `${size} bytes`)
  const { status, stderr } = spawnSync(process.execPath, [program, 'users', 'list', '--pool', 'eu-west-1_AbCdEfGhI'], {
    encoding: 'utf8',
  })
  t.match({ status, stderr }, { status: 1, stderr: /^cogate: the AWS SDK is not installed here/ })
})

t.test('it knows its version', async (t) => {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }
  const { stdout, stderr } = spawnSync(process.execPath, [program, '--version'], { encoding: 'utf8' })
  t.same({ stdout, stderr }, { stdout: `${version}\n`, stderr: '' })
})

t.test('on a Node.js that is too old it still shows help and version (FLD-25)', async (t) => {
  const pretend = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } })"
  const run = (...args: readonly string[]) => {
    const all = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, program, ...args]
    return spawnSync(process.execPath, all, { encoding: 'utf8' })
  }
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }
  for (const args of [['--help'], ['-h'], ['help'], ['start', '--help']]) {
    t.match(run(...args), { status: 0, stdout: /^cogate: verifies[\s\S]+--upstream/, stderr: '' }, args.join(' '))
  }
  for (const flag of ['--version', '-v']) t.match(run(flag), { status: 0, stdout: `${version}\n`, stderr: '' })
  t.match(run('start'), { status: 1, stdout: '', stderr: /^cogate needs Node\.js [^\n]+npx node[^\n]+\n$/ })
})

for (const workers of [1, 2]) {
  t.test(
    `${workers} process${workers === 1 ? '' : 'es'} of it: tokens, routes from YAML, metrics, drain`,
    async (t) => {
      const upstream = await startUpstream(t, (_request, response) => response.end('reached'))
      const env = { COGATE_WORKERS: String(workers), COGATE_ROUTES: '[{ path: /open, auth: none }]' }
      const gate = await spawnGate(t, { issuer, upstream: upstream.url, program, env })
      const get = async (path: string, headers = {}) => {
        const answer = await fetch(`http://127.0.0.1:${gate.port}${path}`, { headers })
        return { status: answer.status, text: await answer.text() }
      }
      t.same(await get('/closed', { authorization }), { status: 200, text: 'reached' })
      t.same(await get('/open'), { status: 200, text: 'reached' })
      t.match(await get('/closed'), { status: 401, text: 'token_missing' })
      const metrics = await fetch(`http://127.0.0.1:${gate.opsPort}/metrics`)
      t.match(await metrics.text(), /^cogate_requests_in_flight 0$/m)
      gate.kill('SIGTERM')
      t.equal(await gate.exited, 0)
      t.equal(gate.stderr(), '')
    },
  )
}

t.test('a plain start opens few files, and V8 can keep each in one byte a character', async (t) => {
  const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', program, env: preload(reportLoads) })
  const opened = () => gate.stderr().match(/(?<=^loads file:.*\/dist\/)[\w-]+\.js$/gm) ?? []
  await untilMetrics(`http://127.0.0.1:${gate.opsPort}`, (metrics) => metrics.includes('cogate_'))
  t.ok(opened().some((file) => file.startsWith('registry-')))
  t.ok(opened().length < 42, `${opened().length} files`)
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))
  t.same(
    files.filter((file) => /[^\0-\x7f]/.test(readFileSync(join(dist, file), 'utf8'))),
    [],
  )
})

t.test('it relays WebSockets with the libraries it brings', async (t) => {
  const upstream = await startSocketUpstream(t)
  const env = { COGATE_UPSTREAM_WEB_SOCKET: 'relay' }
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, program, env })
  await openCaller(t, `http://127.0.0.1:${gate.port}/`, { headers: { authorization } })
  await upstream.opened(1)
  t.equal(upstream.sockets.length, 1)
})

t.test('it holds the licence of every package it is made of', async (t) => {
  const text = readFileSync(join(dist, 'LICENSES.txt'), 'utf8')
  const parts = text.split(`\n\n${'='.repeat(80)}\n\n`)
  const titles = parts.map((part) => part.split('\n', 1)[0] ?? '')
  for (const name of packagesOf(join(repository, 'src')))
    t.ok(
      titles.find((title) => title.startsWith(`${name} `)),
      name,
    )
  t.ok(parts.length > 40, `${parts.length} packages`)
  for (const part of parts) t.match(part, /^.*\n\n[\s\S]*\b(?:copyright|licen[cs]e)\b/i)
  for (const title of titles)
    t.match(title, /^\S+ \d+\.\d+\.\d+: (?:MIT|ISC|Apache-2\.0|BSD-3-Clause|BlueOak-1\.0\.0)$/)
})
