/** `cogate start` as an orchestrator sees it: refuses what it cannot run with, and drains when asked to. */
import { createServer } from 'node:net'
import t from 'tap'
import { startBusyGate } from '../helpers/busy-gate.ts'
import { type CogateProcess, runCogate, spawnCogate } from '../helpers/cogate-process.ts'
import { type GateProcess, spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { offline } from '../helpers/offline.ts'
import { startUpstream } from '../helpers/upstream.ts'

const silentOffline = { ...offline, COGATE_LOG_LEVEL: 'silent' }

/** The URLs of both listeners, when they listen. */
async function listening(cogate: CogateProcess): Promise<{ readonly listen: string; readonly ops: string }> {
  const text = await cogate.printed(/"msg":"listening"/)
  return JSON.parse(text.split('\n').find((line) => line.includes('"msg":"listening"')) ?? '')
}

t.test('without any configuration it exits 64 and says what is missing', async (t) => {
  const { code, stdout, stderr } = await runCogate(t, ['start'])
  t.equal(code, 64)
  t.equal(stdout, '')
  t.match(stderr, /^userPools {2}\(not set\)$/m)
})

t.test('a bad value exits 64, names the variable on stderr, and nothing has listened', async (t) => {
  const env = { ...silentOffline, COGATE_LOG_LEVEL: 'info', COGATE_DRAIN_TIMEOUT: '20' }
  const { code, stdout, stderr } = await runCogate(t, ['start'], { env })
  t.equal(code, 64)
  t.equal(stdout, '')
  t.match(stderr, /^drain\.timeout {2}\(environment COGATE_DRAIN_TIMEOUT\)$/m)
  t.match(stderr, /^ {2}write +COGATE_DRAIN_TIMEOUT=20s$/m)
})

t.test('every mistake of file, environment and flags is told at once', async (t) => {
  const cwd = t.testdir({ 'cogate.yaml': 'log:\n  level: loud\n' })
  const env = { ...silentOffline, COGATE_LOG_LEVEL: undefined, COGATE_LISTEN: '8181' }
  const argv = ['start', '--config', 'cogate.yaml', '--drain-delay', 'soon']
  const { code, stderr } = await runCogate(t, argv, { cwd, env })
  t.equal(code, 64)
  t.match(stderr, /^log\.level {2}\(cogate\.yaml:2:10\)$/m)
  t.match(stderr, /^listen {2}\(environment COGATE_LISTEN\)$/m)
  t.match(stderr, /^drain\.delay {2}\(flag --drain-delay\)$/m)
})

for (const key of ['listen', 'ops.listen']) {
  t.test(`a taken port of ${key} exits 1, names the address and says what to do`, async (t) => {
    const { port } = await listenOnLoopback(t, createServer())
    const variable = key === 'listen' ? 'COGATE_LISTEN' : 'COGATE_OPS_LISTEN'
    const env = { ...silentOffline, [variable]: `127.0.0.1:${port}` }
    const { code, stdout, stderr } = await runCogate(t, ['start'], { env })
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, `cogate: ${key}: `)
    t.match(stderr, `127.0.0.1:${port}`)
    t.match(stderr, /in use.*choose another/)
    t.equal(stderr.split('\n').length, 2, 'one line, no stack')
  })
}

t.test('an address that is not of this machine exits 1 in one line', async (t) => {
  const env = { ...silentOffline, COGATE_LISTEN: '192.0.2.1:8181' }
  const { code, stderr } = await runCogate(t, ['start'], { env })
  t.equal(code, 1)
  t.match(stderr, /^cogate: listen: cannot listen on 192\.0\.2\.1:8181: .+\n$/)
})

t.test('FLT-062 it starts while Cognito and the upstream cannot be reached', async (t) => {
  const cogate = spawnCogate(t, ['start'], { env: { ...silentOffline, COGATE_LOG_LEVEL: 'info' } })
  const { listen, ops } = await listening(cogate)
  t.equal((await fetch(`${ops}/livez`)).status, 200)
  t.equal((await fetch(`${ops}/readyz`)).status, 503)
  t.equal((await fetch(listen)).status, 401)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`FLT-057 ${signal} lets open requests end, then exits 0 with no listener left`, async (t) => {
    const { gate, response, answer } = await startBusyGate(t)
    gate.kill(signal)
    await gate.logged(({ msg }) => msg === 'draining')
    answer()
    t.equal(await (await response).text(), 'late but whole')
    t.equal(await gate.exited, 0)
    t.match(await gate.logged(({ msg }) => msg === 'drained'), { unfinished: 0 })
    t.equal(gate.stderr(), '')
    await t.rejects(fetch(`http://127.0.0.1:${gate.port}/`))
  })
}

/** Again and again: the same signal within the same second counts once. */
async function endWith({ kill, exited }: Pick<GateProcess, 'kill' | 'exited'>, signal: NodeJS.Signals) {
  const repeat = setInterval(() => kill(signal), 50)
  kill(signal)
  return exited.finally(() => clearInterval(repeat))
}

t.test(
  'FLD-35 SIGQUIT drains, SIGHUP loads the configuration again, SIGUSR1 and SIGUSR2 are ignored in one line each',
  async (t) => {
    const { gate, response, answer } = await startBusyGate(t)
    gate.kill('SIGHUP')
    t.match(await gate.logged(({ msg }) => msg === 'configuration reloaded'), { level: 'info', cause: 'SIGHUP' })
    for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
      gate.kill(signal)
      t.match(await gate.logged((line) => line['signal'] === signal), { level: 'info', msg: 'signal ignored' })
    }
    gate.kill('SIGQUIT')
    await gate.logged(({ msg }) => msg === 'draining')
    answer()
    t.equal(await (await response).text(), 'late but whole')
    t.equal(await gate.exited, 0)
    t.equal(gate.stderr(), '', 'no debugger listens')
  },
)

for (const [first, second] of [
  ['SIGTERM', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGINT'],
] as const) {
  t.test(`FLT-060 ${second} after ${first} exits 1 at once, open requests or not`, async (t) => {
    const { gate, response } = await startBusyGate(t)
    gate.kill(first)
    await gate.logged(({ msg }) => msg === 'draining')
    t.equal(await endWith(gate, second), 1)
    await t.rejects(response, 'the open request is cut')
  })
}

t.test('requests are served during the drain delay, and readiness is off', async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: { COGATE_DRAIN_DELAY: '10m' } })
  gate.kill('SIGTERM')
  await gate.logged(({ msg }) => msg === 'draining')
  const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
  t.equal((await fetch(`http://127.0.0.1:${gate.port}/`, { headers })).status, 200)
  t.equal((await fetch(`http://127.0.0.1:${gate.opsPort}/readyz`)).status, 503)
  t.equal((await fetch(`http://127.0.0.1:${gate.opsPort}/livez`)).status, 200)
  t.equal(await endWith(gate, 'SIGTERM'), 1, 'a second signal cuts the delay short')
})

t.test('with keys pinned in a file it is ready from the first request on', async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const cwd = t.testdir({ 'jwks.json': JSON.stringify(issuer.keys.jwks()) })
  const env = {
    ...silentOffline,
    COGATE_LOG_LEVEL: 'info',
    COGATE_USER_POOL_JWKS_URI: undefined,
    COGATE_USER_POOL_JWKS_FILE: 'jwks.json',
    COGATE_USER_POOL_ID: issuer.poolId,
    COGATE_USER_POOL_ISSUER: issuer.issuer,
    COGATE_CLIENT_ID: issuer.clientId,
    COGATE_UPSTREAM: upstream.url,
  }
  const { listen, ops } = await listening(spawnCogate(t, ['start'], { cwd, env }))
  t.equal((await fetch(`${ops}/readyz`)).status, 200)
  const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
  t.equal((await fetch(listen, { headers })).status, 200)
})

t.test('with the key snapshot of an earlier run it is ready while the issuer is down', async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const cwd = t.testdir({})
  const env = {
    ...silentOffline,
    COGATE_LOG_LEVEL: 'info',
    COGATE_USER_POOL_JWKS_URI: issuer.jwksUri,
    COGATE_USER_POOL_ID: issuer.poolId,
    COGATE_USER_POOL_ISSUER: issuer.issuer,
    COGATE_CLIENT_ID: issuer.clientId,
    COGATE_UPSTREAM: upstream.url,
    COGATE_JWKS_SNAPSHOT_FILE: 'snapshot.json',
  }
  t.equal((await runCogate(t, ['check'], { cwd, env })).code, 0, 'a check writes the snapshot')
  await issuer.close()
  const { listen, ops } = await listening(spawnCogate(t, ['start'], { cwd, env }))
  t.equal((await fetch(`${ops}/readyz`)).status, 200)
  const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
  t.equal((await fetch(listen, { headers })).status, 200)
})

t.test('with a broken key snapshot it starts all the same and says so', async (t) => {
  const cwd = t.testdir({ 'snapshot.json': '{' })
  const env = { ...silentOffline, COGATE_LOG_LEVEL: 'info', COGATE_JWKS_SNAPSHOT_FILE: 'snapshot.json' }
  const cogate = spawnCogate(t, ['start'], { cwd, env })
  const { ops } = await listening(cogate)
  t.equal((await fetch(`${ops}/livez`)).status, 200)
  t.match(cogate.stdout, /"level":"warn".*"msg":"snapshot_ignored"/)
})
