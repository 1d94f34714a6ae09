/**
 * What a process loads: for WebSockets nothing unless they are relayed, no YAML for plain variables, no
 * metrics before they are asked for, and never the clients that node:http would bring.
 */
import t from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { preload } from '../helpers/preload.ts'

const issuer = await startTestIssuer(t)
const libraries = ['ws', 'undici', '@fastify/http-proxy', '@fastify/reply-from']
const report = `
import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'
registerHooks({
  load(url, context, next) {
    writeSync(2, 'loads ' + url + '\\n')
    return next(url, context)
  },
})`

for (const webSocket of ['tunnel', 'relay'] as const) {
  t.test(`${webSocket}: ${webSocket === 'relay' ? 'each' : 'none'} of ${libraries.join(', ')} is loaded`, async (t) => {
    const env = { ...preload(report), COGATE_UPSTREAM_WEB_SOCKET: webSocket }
    const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })
    const loaded = gate.stderr()
    t.match(loaded, 'node_modules/fastify/')
    for (const name of libraries) t.equal(loaded.includes(`/node_modules/${name}/`), webSocket === 'relay', name)
  })
}

t.test('yaml is loaded for a text to read, and not for plain variables', async (t) => {
  for (const routes of [undefined, '[{ path: /open, auth: none }]']) {
    const env = { ...preload(report), ...(routes && { COGATE_ROUTES: routes }) }
    const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })
    t.equal(gate.stderr().includes('/node_modules/yaml/'), routes !== undefined, routes ?? 'none')
  }
})

t.test('the metrics library is loaded by the first scrape, once for all who ask at the same time', async (t) => {
  const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env: preload(report) })
  const loads = () =>
    gate
      .stderr()
      .split('\n')
      .filter((line) => line.endsWith('/node_modules/@prometheus-io/client/index.js'))
  await fetch(`http://127.0.0.1:${gate.port}/`)
  t.same(loads(), [], 'not by the start, and not by a request')
  const scrapes = [1, 2, 3].map(() => fetch(`http://127.0.0.1:${gate.opsPort}/metrics`))
  for (const page of await Promise.all(scrapes)) {
    t.equal(page.status, 200)
    t.match(
      await page.text(),
      /^cogate_decisions_total\{route="default",outcome="challenge",reason="token_missing"\} 1$/m,
    )
  }
  t.equal(loads().length, 1)
})

t.test('of node:http the clients are never loaded: undici, as it is built into Node', async (t) => {
  const env = preload(`process.once('exit', () => process._rawDebug(process.moduleLoadList.join('\\n')))`)
  const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })
  gate.kill('SIGTERM')
  await gate.silent
  const loaded = gate.stderr()
  t.match(loaded, /NativeModule http$/m)
  t.notMatch(loaded, 'NativeModule internal/deps/undici/undici')
})
