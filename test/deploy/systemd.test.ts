/**
 * The unit of systemd, and the page that installs it. No systemd is asked to run it: its tools read it, and its command is
 * run with the variables of the page.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { readAssignments, readPage, readRepositoryFile } from '../docs/pages.ts'
import { missingLines, readSteps, runSteps } from '../docs/steps.ts'
import { gateEnvironment } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { findFreePort } from '../helpers/listen.ts'
import { packClone, runWell } from '../helpers/packed.ts'
import { skipWithout } from '../helpers/services/service.ts'
import { startUpstream } from '../helpers/upstream.ts'

const unit = readRepositoryFile('deploy/systemd/cogate.service')
const page = readPage('docs/quickstart-systemd.md')
const [execStart = ''] = valuesOf('ExecStart')
const skip = skipWithout('systemd-analyze')

function valuesOf(key: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)
}

function analyze(...args: readonly string[]) {
  return spawnSync('systemd-analyze', args, { encoding: 'utf8', env: { ...process.env, SYSTEMD_PAGER: '' } })
}

/** With the Node.js that runs the tests, in the place of the one that the page installs. */
function writeUnit(t: Test): string {
  const folder = t.testdir({ 'cogate.service': unit.replaceAll('/opt/cogate/bin/node', process.execPath) })
  return join(folder, 'cogate.service')
}

t.test('systemd-analyze verify finds no fault', { skip }, async (t) => {
  t.match(analyze('verify', '--man=no', writeUnit(t)), { status: 0, stdout: '', stderr: '' })
})

t.test('the exposure is 1.1, as the page says, and not more', { skip }, async (t) => {
  const { status, stdout } = analyze('security', '--offline=true', '--threshold=11', '--no-pager', writeUnit(t))
  t.equal(status, 0, stdout)
  t.match(stdout, 'Overall exposure level for cogate.service: 1.1 ')
  t.match(page.text, 'an exposure of 1.1,')
})

t.test('the drain fits into the time for the stop, and no restart follows a mistake', async (t) => {
  const { config } = loadConfig({ argv: [], env: readAssignments(page.text) })
  const [stop = ''] = valuesOf('TimeoutStopSec')
  t.ok(config.drain.delayMs + config.drain.timeoutMs + 5000 <= Number.parseInt(stop, 10) * 1000)
  t.same(valuesOf('RestartPreventExitStatus'), ['64'])
  t.same(valuesOf('Restart'), ['on-failure'])
})

/** All of a filter's groups, one in the other. */
function systemCalls(group: string): readonly string[] {
  const lines = analyze('syscall-filter', group).stdout.split('\n').slice(1)
  const names = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  return names.flatMap((name) => (name.startsWith('@') ? systemCalls(name) : [name]))
}

for (const workers of ['1', '2']) {
  const skip = skipWithout('systemd-analyze', 'strace')
  t.test(`the filter allows every system call of a gate with ${workers} worker(s)`, { skip }, async (t) => {
    const issuer = await startTestIssuer(t)
    const upstream = await startUpstream(t)
    const trace = join(t.testdir(), 'trace')
    const port = await findFreePort()
    const env = { COGATE_WORKERS: workers, COGATE_LISTEN: `127.0.0.1:${port}` }
    // -D: the gate is the child, and strace watches it from beside. What the test runner adds to a child is left out.
    const command = ['-u', 'NODE_OPTIONS', 'strace', '-D', '-f', '-qq', '-o', trace, process.execPath, 'src/main.ts']
    const child = spawn('env', [...command, 'start'], {
      env: { ...process.env, ...gateEnvironment({ issuer, upstream: upstream.url, env }) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    t.teardown(() => child.kill('SIGKILL'))
    await untilServing(child, Number(workers))
    const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
    t.equal((await fetch(`http://127.0.0.1:${port}/`, { headers })).status, 200)
    child.kill('SIGTERM')
    t.same(await exited, [0, null])
    const used = new Set([...readFileSync(trace, 'utf8').matchAll(/^\d+ +(\w+)\(/gm)].map(([, name = '']) => name))
    const [allowed = '', denied = ''] = valuesOf('SystemCallFilter')
    const may = new Set(['@default', ...allowed.split(' ')].flatMap(systemCalls))
    for (const name of denied.slice(1).split(' ').flatMap(systemCalls)) may.delete(name)
    t.ok(used.size > 30)
    t.same(
      [...used].filter((name) => !may.has(name)),
      [],
    )
  })
}

async function untilServing({ stdout }: ChildProcess, workers: number): Promise<void> {
  let text = ''
  for await (const chunk of stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    text += chunk
    if (text.includes('"listening"') && text.split('"keys_changed"').length > workers) return void stdout?.resume()
  }
  throw new Error(`the gate ended: ${text}`)
}

t.test('the page installs what the unit starts, and it answers as the page says', async (t) => {
  const { folder } = packClone(t)
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t, (request, response) => response.end(JSON.stringify(request.headers)))
  const [gate, ops] = [await findFreePort(), await findFreePort()]
  const relocate = (text: string) =>
    text
      .replaceAll('/opt/cogate', join(folder, 'opt'))
      .replaceAll('/etc/', join(folder, 'etc/'))
      .replaceAll('http://127.0.0.1:9229', issuer.url)
      .replaceAll('http://127.0.0.1:8080', upstream.url)
      .replaceAll('127.0.0.1:8181', `127.0.0.1:${gate}`)
      .replaceAll('127.0.0.1:9464', `127.0.0.1:${ops}`)
      .replaceAll('sudo ', '')
      // Both have been done for the clone.
      .replace(/^npm (?:ci|pack)\n/gm, '')
  const install = page.blocks.filter(({ marker }) => marker === 'install').map(({ text }) => relocate(text))
  mkdirSync(join(folder, 'etc', 'systemd', 'system'), { recursive: true })
  runWell('bash', ['-ec', install.join('')], join(folder, 'clone'))
  t.equal(readFileSync(join(folder, 'etc/systemd/system/cogate.service'), 'utf8'), unit)
  const variables = readAssignments(readFileSync(join(folder, 'etc/cogate/cogate.env'), 'utf8'))
  const env = { ...variables, COGATE_LISTEN: `127.0.0.1:${gate}`, COGATE_OPS_LISTEN: `127.0.0.1:${ops}` }
  const [program = '', ...args] = relocate(execStart).split(' ')
  const service = spawn(program, args, {
    env: { ...process.env, ...env },
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(service, 'exit')
  t.teardown(() => service.kill('SIGKILL'))
  await untilServing(service, 1)
  const steps = page.blocks.filter(({ marker }) => marker === 'runs').flatMap(({ text }) => readSteps(relocate(text)))
  const outputs = await runSteps(steps, { ...process.env, COGATE_OPS_LISTEN: env.COGATE_OPS_LISTEN })
  t.equal(outputs.length, 3)
  for (const [index, { command, expected }] of steps.entries()) {
    t.same(missingLines(expected, outputs[index] ?? ''), [], command)
  }
  t.match(upstream.requests[0]?.headers, { 'x-forwarded-user': 'alice' })
  service.kill('SIGTERM')
  t.same(await exited, [0, null])
})

t.test('the other blocks of the page are valid shell', async (t) => {
  const others = page.blocks.filter(({ language }) => language === 'sh')
  t.same(
    others.map(({ marker }) => marker),
    ['install', 'install', 'try', 'needs-systemd', 'needs-pm2'],
  )
  for (const { text, line } of others) t.equal(spawnSync('bash', ['-n', '-c', text]).status, 0, `line ${line}`)
})
