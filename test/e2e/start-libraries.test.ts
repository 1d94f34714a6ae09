/** What a process loads: for WebSockets nothing unless they are relayed, and no YAML for plain variables. */
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
