/** SIGHUP and changed files: another configuration, without a request that is lost, cut or judged by two configurations. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { Agent, get, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { gateEnvironment, spawnGate, startTestGate } from '../helpers/gateway.ts'
import { type Issuer, startTestIssuer } from '../helpers/issuer.ts'
import { sameOriginFetch, sessionSecret, startLoginWorld } from '../helpers/login-world.ts'
import { readMetric, readMetrics } from '../helpers/metrics.ts'
import { startUpstream } from '../helpers/upstream.ts'

interface Options {
  readonly issuer?: Issuer
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A gate with a file, which a test replaces. */
async function startWithFile(t: Test, first: string, { issuer: known, env = {} }: Options = {}) {
  const issuer = known ?? (await startTestIssuer(t))
  const upstream = await startUpstream(t)
  const folder = mkdtempSync(join(tmpdir(), 'cogate-reload-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'cogate.yaml')
  writeFileSync(file, first)
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: { COGATE_CONFIG: file, ...env } })
  const reload = async (text: string) => {
    const before = new Set(gate.lines)
    writeFileSync(file, text)
    gate.kill('SIGHUP')
    return gate.logged((line) => String(line.msg).startsWith('configuration') && !before.has(line))
  }
  const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${gate.port}${path}`, { headers })).status
  return { gate, issuer, upstream, folder, file, reload, statusOf, headers }
}

const open = 'routes: [{ path: /* }]\n'
const shut = 'routes: [{ path: /*, groups: [nobody] }]\n'

/** `RELOADS=1000` is the long run that docs/operations.md tells of. */
const reloads = Number(process.env['RELOADS'] ?? 40)
/** At the least, so that the load never stands still. */
const requestsBetween = 50

for (const workers of ['1', '2']) {
  t.test(`another file is in use after SIGHUP, with ${workers} process(es)`, async (t) => {
    const { gate, reload, statusOf } = await startWithFile(t, open, { env: { COGATE_WORKERS: workers } })
    t.equal(await statusOf('/'), 200)
    t.match(await reload(shut), { level: 'info', msg: 'configuration reloaded', cause: 'SIGHUP' })
    t.same(await Promise.all(Array.from({ length: 8 }, () => statusOf('/'))), Array(8).fill(403))
    t.equal(await readMetric(gate.opsPort, 'cogate_config_last_reload_successful'), 1)
    t.match(await reload(open), { msg: 'configuration reloaded' })
    t.equal(await statusOf('/'), 200)
  })

  t.test(`other places of the token are read after SIGHUP, with ${workers} process(es)`, async (t) => {
    const { gate, reload, statusOf, headers } = await startWithFile(t, open, { env: { COGATE_WORKERS: workers } })
    const password = btoa(headers.authorization.replace('Bearer ', 'git:'))
    const withPassword = async () =>
      (await fetch(`http://127.0.0.1:${gate.port}/`, { headers: { authorization: `Basic ${password}` } })).status
    t.equal(await withPassword(), 401)
    await reload(`${open}credentials: { sources: [basicPassword] }\n`)
    t.same([await withPassword(), await statusOf('/')], [200, 401])
    await reload(open)
    t.same([await withPassword(), await statusOf('/')], [401, 200])
  })

  t.test(`a file that cannot be used changes nothing and is named, with ${workers} process(es)`, async (t) => {
    const { gate, reload, statusOf } = await startWithFile(t, shut, { env: { COGATE_WORKERS: workers } })
    const line = await reload('routes: [{ path: /*, grups: [nobody] }]\n')
    t.match(line, { level: 'error', msg: 'configuration not reloaded; the one before stays in use' })
    t.match(line, { issues: [{ key: 'routes[0].grups' }] })
    t.equal(await statusOf('/'), 403)
    t.equal(await readMetric(gate.opsPort, 'cogate_config_last_reload_successful'), 0)
    t.match(await reload(open), { msg: 'configuration reloaded' })
    t.equal(await readMetric(gate.opsPort, 'cogate_config_last_reload_successful'), 1)
    t.equal(await statusOf('/'), 200)
  })

  t.test(`${reloads} reloads under load lose no request, with ${workers} process(es)`, async (t) => {
    // With a small young generation, what is resident grows by what is kept.
    const env = { COGATE_WORKERS: workers, NODE_OPTIONS: '--max-semi-space-size=2' }
    const { gate, reload, headers } = await startWithFile(t, open, { env })
    const load = startLoad(gate.port, headers)
    let [early, late] = [0, 0]
    const startedAt = performance.now()
    for (let round = 0; round < reloads / 2; round++) {
      await load.answered(requestsBetween)
      t.match(await reload(`${open}upstream: { maxConnections: ${100 + round} }\n`), { msg: 'configuration reloaded' })
      await load.answered(requestsBetween)
      t.match(await reload(`${open}limits: { body: ${round + 1}KiB }\n`), { msg: 'configuration reloaded' })
      late = treeMemory(gate.pid)
      if (round < reloads / 8) early = Math.max(early, late)
    }
    const statuses = await load.stop()
    const perSecond = Math.round((statuses.length / (performance.now() - startedAt)) * 1000)
    t.comment(`${statuses.length} requests, ${perSecond} a second; ${early} MiB early, ${late} MiB late`)
    t.ok(statuses.length >= reloads * requestsBetween, `${statuses.length} requests`)
    t.same(new Set(statuses), new Set([200]))
    const processes = workers === '1' ? 1 : 3
    t.ok(late < early + 24 * processes, `${early} MiB early, ${late} MiB late`)
  })
}

t.test('keys and remembered tokens stay where their settings do', async (t) => {
  const { gate, reload, statusOf } = await startWithFile(t, open)
  t.equal(await statusOf('/'), 200)
  await reload(shut)
  await reload(open)
  t.equal(await statusOf('/'), 200)
  t.match(await readMetrics(`http://127.0.0.1:${gate.opsPort}`), /cogate_jwks_fetches_total\{.*result="ok"\} 1\n/)
  t.equal(await readMetric(gate.opsPort, 'cogate_token_cache_misses_total'), 1)
})

t.test('a user pool whose keys cannot be fetched is refused, and the gate stays ready', async (t) => {
  const issuer = await startTestIssuer(t)
  const pools = (...more: readonly object[]) =>
    `${open}userPools: ${JSON.stringify([{ id: issuer.poolId, clientIds: [issuer.clientId], issuer: issuer.issuer }, ...more])}\n`
  const env = { COGATE_USER_POOL_ID: undefined, COGATE_CLIENT_ID: undefined, COGATE_USER_POOL_ISSUER: undefined }
  const { gate, reload, statusOf } = await startWithFile(t, pools(), { issuer, env })
  t.match(await reload(pools({ id: 'eu-west-1_AbCdEfGhI', clientIds: ['a'], jwksUri: 'http://127.0.0.1:1/x' })), {
    level: 'error',
    err: { message: /^user pool eu-west-1_AbCdEfGhI has no keys: / },
  })
  t.equal(await statusOf('/'), 200)
  t.equal((await fetch(`http://127.0.0.1:${gate.opsPort}/readyz`)).status, 200)
})

t.test('what needs a restart is named and stays, and the rest is in use', async (t) => {
  const { gate, reload, statusOf } = await startWithFile(t, open)
  await reload(`${shut}workers: 4\ndrain: { timeout: 7s }\nlimits: { headers: 9KiB }\n`)
  t.match(await gate.logged(({ level }) => level === 'warn'), { keys: ['workers', 'drain', 'limits'] })
  t.equal(await statusOf('/'), 403)
})

t.test('a reload that needs no restart warns of nothing, whether limits.body is set or not', async (t) => {
  const { gate, reload } = await startWithFile(t, open)
  await reload(shut)
  await reload(`${shut}limits: { body: 1KiB }\n`)
  await reload(open)
  await reload(shut)
  t.same(
    gate.lines.filter(({ level }) => level === 'warn'),
    [],
  )
})

t.test('a page of the sign-in that has changed is shown after a reload', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cogate-pages-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const page = join(folder, 'page.html')
  writeFileSync(page, 'before')
  const { gate, settings } = await startLoginWorld(t, { env: { COGATE_LOGIN_PAGES_DIR: folder } })
  const show = async () => (await fetch(`${gate.url}/_cogate/logged-out`)).text()
  t.equal(await show(), 'before')
  writeFileSync(page, 'after')
  const { config, files } = loadConfig({ argv: [], env: settings({}) })
  t.ok(files.has(page), 'it is watched')
  await gate.reload(config)
  t.equal(await show(), 'after')
})

t.test('a changed file is loaded without a signal, symlinks followed, unless reload.watch is off', async (t) => {
  const { gate, folder, file, statusOf } = await startWithFile(t, open)
  const next = join(folder, 'next.yaml')
  writeFileSync(next, shut)
  unlinkSync(file)
  symlinkSync(next, file)
  t.match(await gate.logged(({ msg }) => msg === 'configuration reloaded'), { cause: 'file changed' })
  t.equal(await statusOf('/'), 403)
})

t.test('an answer of the service before is finished by it, and the next request goes to the new one', async (t) => {
  const begun = Promise.withResolvers<ServerResponse>()
  const slow = await startUpstream(t, (_request, response) => begun.resolve(response))
  const next = await startUpstream(t, (_request, response) => void response.end('new'))
  const issuer = await startTestIssuer(t)
  const under = { issuer, routes: [{ path: '/*', auth: 'none' }] }
  const gate = await startTestGate(t, { ...under, upstream: slow.url })
  const first = fetch(`http://127.0.0.1:${gate.port}/slow`)
  const response = await begun.promise
  const env = { ...gateEnvironment({ ...under, upstream: next.url }), COGATE_LISTEN: gate.url.slice(7) }
  await gate.reload(loadConfig({ argv: [], env }).config)
  t.equal(await (await fetch(`http://127.0.0.1:${gate.port}/`)).text(), 'new')
  response.end('whole')
  t.equal(await (await first).text(), 'whole')
})

t.test('sessions go on under new secrets, and one that was ended stays ended', async (t) => {
  const { gate, openBrowser, settings, issuer } = await startLoginWorld(t)
  const [stays, leaves] = [openBrowser(), openBrowser()]
  for (const browser of [stays, leaves]) t.equal((await browser.open('/')).status, 200)
  const copy = leaves.cookie('__Host-cogate') ?? ''
  await leaves.fetch('/_cogate/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
  const secrets = `another secret for tests that is long enough,${sessionSecret}`
  await gate.reload(loadConfig({ argv: [], env: settings({ COGATE_SESSION_SECRETS: secrets }) }).config)
  const tokens = issuer.login.tokenRequests()
  t.equal((await stays.fetch('/', { headers: sameOriginFetch })).status, 200)
  leaves.setCookie('__Host-cogate', copy)
  t.equal((await leaves.fetch('/', { headers: sameOriginFetch })).status, 401)
  t.equal(issuer.login.tokenRequests(), tokens)
})

/** Requests one after another on several connections, until it is stopped. */
function startLoad(port: number, headers: Readonly<Record<string, string>>) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const statuses: (number | string)[] = []
  const state = { isOver: false, wanted: 0, reached: () => {} }
  const one = () =>
    new Promise<number | string>((resolve) => {
      const request = get({ port, path: '/', agent, headers }, (response) => {
        response.resume().on('close', () => resolve(response.complete ? (response.statusCode ?? 0) : 'cut'))
      })
      request.on('error', (error) => resolve(error.message))
    })
  const run = async () => {
    while (!state.isOver) if (statuses.push(await one()) >= state.wanted) state.reached()
  }
  const runs = Array.from({ length: 8 }, run)
  return {
    /** So many more. */
    answered(count: number) {
      const { promise, resolve } = Promise.withResolvers<void>()
      Object.assign(state, { wanted: statuses.length + count, reached: resolve })
      return promise
    },
    async stop() {
      state.isOver = true
      await Promise.all(runs)
      agent.destroy()
      return statuses
    },
  }
}

/** Of a process and its children, in MiB: resident. */
function treeMemory(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  const own = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return children.reduce((sum, child) => sum + treeMemory(Number(child)), Math.round(Number(own) / 1024))
}
