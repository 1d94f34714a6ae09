/** `cogate health`: the exit code says how a running gate is, wherever its ops listener is configured. */
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { askOps } from '../../../src/cli/health/ask.ts'
import { runCogate } from '../../helpers/cogate-process.ts'
import { startTestGate } from '../../helpers/gateway.ts'
import { startTestIssuer } from '../../helpers/issuer.ts'
import { findFreePort, listenOnLoopback } from '../../helpers/listen.ts'

const nowhere = 'http://127.0.0.1:1'

async function startAnswer(t: Test, answer: RequestListener): Promise<number> {
  return (await listenOnLoopback(t, createHttpServer(answer))).port
}

t.test('a ready gate is healthy and live: exit code 0', async (t) => {
  const gate = await startTestGate(t, { issuer: await startTestIssuer(t), upstream: nowhere })
  const env = { COGATE_OPS_LISTEN: `127.0.0.1:${gate.opsPort}` }
  const origin = `http://127.0.0.1:${gate.opsPort}`
  t.same(await runCogate(t, ['health'], { env }), { code: 0, stdout: `${origin}/readyz answered 200\n`, stderr: '' })
  t.same(await runCogate(t, ['health', '--live'], { env }), {
    code: 0,
    stdout: `${origin}/livez answered 200\n`,
    stderr: '',
  })
})

t.test('a gate without keys is live, and not healthy: exit code 1 and why', async (t) => {
  const gate = await startTestGate(t, {
    issuer: await startTestIssuer(t),
    upstream: nowhere,
    env: { COGATE_USER_POOL_JWKS_URI: `${nowhere}/jwks.json` },
    waitForKeys: false,
  })
  const flags = ['--ops-listen', `127.0.0.1:${gate.opsPort}`]
  const { code, stdout, stderr } = await runCogate(t, ['health', ...flags])
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(stderr, /^cogate: health: http:\S+\/readyz answered 503: \{"ready":false,"draining":false,.*\n$/)
  t.equal((await runCogate(t, ['health', '--live', ...flags])).code, 0)
})

t.test('nobody listens: exit code 1 and the address', async (t) => {
  const env = { COGATE_OPS_LISTEN: `127.0.0.1:${await findFreePort()}` }
  const { code, stderr } = await runCogate(t, ['health'], { env })
  t.equal(code, 1)
  t.equal(stderr, `cogate: health: http://${env.COGATE_OPS_LISTEN}/readyz: ECONNREFUSED\n`)
})

t.test('without configuration the default port on loopback is asked', async (t) => {
  const { code, stdout, stderr } = await runCogate(t, ['health', '--live'])
  t.ok(code === 0 || code === 1, 'something may listen there')
  t.match(stdout + stderr, 'http://127.0.0.1:9464/livez')
})

for (const [listen, origin] of [
  [':9', 'http://127.0.0.1:9'],
  ['0.0.0.0:9', 'http://127.0.0.1:9'],
  ['[::]:9', 'http://[::1]:9'],
  ['[::1]:9', 'http://[::1]:9'],
  ['localhost:9', 'http://localhost:9'],
] as const) {
  t.test(`a listener on ${listen} is asked at ${origin}`, async (t) => {
    const { code, stderr } = await runCogate(t, ['health'], { env: { COGATE_OPS_LISTEN: listen } })
    t.equal(code, 1)
    t.match(stderr, `cogate: health: ${origin}/readyz: `)
  })
}

t.test('flag, variable and file say where the listener is, in the order in which a start reads them', async (t) => {
  const [flag, variable, file] = [await findFreePort(), await findFreePort(), await findFreePort()]
  const cwd = t.testdir({ 'cogate.yaml': `ops: { listen: "127.0.0.1:${file}" }\n` })
  const fromFile = { COGATE_CONFIG: 'cogate.yaml' }
  const env = { ...fromFile, COGATE_OPS_LISTEN: `127.0.0.1:${variable}` }
  t.match((await runCogate(t, ['health'], { cwd, env: fromFile })).stderr, `:${file}/readyz`)
  t.match((await runCogate(t, ['health', '--config=cogate.yaml'], { cwd })).stderr, `:${file}/readyz`)
  t.match((await runCogate(t, ['health'], { cwd, env })).stderr, `:${variable}/readyz`)
  const argv = ['health', `--ops-listen=127.0.0.1:${flag}`]
  t.match((await runCogate(t, argv, { cwd, env })).stderr, `:${flag}/readyz`)
})

t.test('mistakes elsewhere in the configuration do not matter, and a secret that is gone does not', async (t) => {
  const port = await startAnswer(t, (_request, response) => response.end('ok'))
  const env = {
    COGATE_OPS_LISTEN: `127.0.0.1:${port}`,
    COGATE_UPSTREAM: 'ftp://wrong',
    COGATE_SESSION_SECRETS_FILE: '/run/secrets/rotated-away',
  }
  t.match(await runCogate(t, ['health'], { env }), { code: 0, stderr: '' })
})

t.test('a gate that does not answer is unhealthy: the command ends by itself', async (t) => {
  const { port } = await listenOnLoopback(t, createServer())
  const { code, stderr } = await runCogate(t, ['health'], { env: { COGATE_OPS_LISTEN: `127.0.0.1:${port}` } })
  t.same({ code, stderr }, { code: 1, stderr: `cogate: health: http://127.0.0.1:${port}/readyz: no answer in time\n` })
})

for (const { what, argv = [], env = {}, told } of [
  { what: 'an unknown flag', argv: ['--lives'], told: /^--lives {2}\(flag --lives\)\n/ },
  { what: 'a stray word', argv: ['live'], told: /^live {2}\(flag live\)\n/ },
  { what: 'an address that is none', env: { COGATE_OPS_LISTEN: 'ops' }, told: /^ops\.listen {2}\(environment/ },
  {
    what: 'port 0',
    env: { COGATE_OPS_LISTEN: '127.0.0.1:0' },
    told: /^ops\.listen {2}\(environment COGATE_OPS_LISTEN\)/,
  },
  { what: 'a file that is not there', env: { COGATE_CONFIG: 'absent.yaml' }, told: /^config {2}\(environment/ },
]) {
  t.test(`${what} is bad usage: exit code 64`, async (t) => {
    const { code, stdout, stderr } = await runCogate(t, ['health', ...argv], { env })
    t.equal(code, 64)
    t.equal(stdout, '')
    t.match(stderr, told)
  })
}

t.test('a file that is no YAML is bad usage: exit code 64, and the place', async (t) => {
  const cwd = t.testdir({ 'cogate.yaml': 'upstream: {\nops: { listen: ":9" }\n' })
  const { code, stderr } = await runCogate(t, ['health', '--config', 'cogate.yaml'], { cwd })
  t.equal(code, 64)
  t.match(stderr, /^config {2}\(cogate\.yaml:\d/)
})

t.test('a proxy of the environment is not asked', async (t) => {
  const port = await startAnswer(t, (_request, response) => response.end('ok'))
  const env = { COGATE_OPS_LISTEN: `127.0.0.1:${port}`, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: nowhere, NO_PROXY: '' }
  t.equal((await runCogate(t, ['health'], { env })).code, 0)
})

t.test('a redirect is not followed, and no answer reaches the terminal as it came', async (t) => {
  const port = await startAnswer(t, (_request, response) => {
    response.writeHead(302, { location: '/elsewhere' }).end(`\u001b[2Jgone\r\n${'x'.repeat(9000)}`)
  })
  const { code, stderr } = await runCogate(t, ['health'], { env: { COGATE_OPS_LISTEN: `127.0.0.1:${port}` } })
  t.equal(code, 1)
  t.match(stderr, /^cogate: health: \S+\/readyz answered 302: \?\[2Jgone\?\?x{100,500}\n$/)
})

t.test('what accepts and says nothing, or never ends, is unhealthy when the time is over', async (t) => {
  const over = (ms: number) => AbortSignal.timeout(ms)
  const silent = (await listenOnLoopback(t, createServer())).port
  await t.rejects(askOps(`http://127.0.0.1:${silent}/readyz`, over(50)), { message: /no answer in time$/ })
  const endless = await startAnswer(t, (_request, response) => void response.writeHead(503).write('{'))
  await t.rejects(askOps(`http://127.0.0.1:${endless}/readyz`, over(200)), { message: /readyz: no answer in time$/ })
  const broken = (
    await listenOnLoopback(
      t,
      createServer((socket) => socket.end('SSH-2.0\r\n')),
    )
  ).port
  await t.rejects(askOps(`http://127.0.0.1:${broken}/readyz`, over(5000)), { message: /readyz: HPE_INVALID_CONSTANT$/ })
})
