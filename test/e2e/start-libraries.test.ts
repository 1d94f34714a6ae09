/**
 * What a process loads: for WebSockets nothing unless they are relayed, no YAML for plain variables, no metrics
 * library before it listens, and never the clients that node:http would bring.
 */
import t from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { preload, reportLoads } from '../helpers/preload.ts'

const issuer = await startTestIssuer(t)
const libraries = ['ws', 'undici', '@fastify/http-proxy', '@fastify/reply-from']

for (const webSocket of ['tunnel', 'relay'] as const) {
  t.test(`${webSocket}: ${webSocket === 'relay' ? 'each' : 'none'} of ${libraries.join(', ')} is loaded`, async (t) => {
    const env = { ...preload(reportLoads), COGATE_UPSTREAM_WEB_SOCKET: webSocket }
    const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })
    const loaded = gate.stderr()
    t.match(loaded, 'node_modules/fastify/')
    for (const name of libraries) t.equal(loaded.includes(`/node_modules/${name}/`), webSocket === 'relay', name)
  })
}

for (const store of [undefined, 'cookie', 'redis']) {
  t.test(
    `sessions ${store ? `in ${store}` : 'off'}: the client of Redis is ${store === 'redis' ? '' : 'not '}loaded`,
    async (t) => {
      const login = {
        COGATE_PUBLIC_URL: 'https://app.example.com',
        COGATE_LOGIN_DOMAIN: issuer.url,
        COGATE_LOGIN_CLIENT_ID: issuer.clientId,
        COGATE_SESSION_SECRETS: 'a secret for tests that is long enough to be one',
        COGATE_SESSION_STORE: store,
        ...(store === 'redis' && { COGATE_SESSION_REDIS_URL: 'redis://127.0.0.1:1' }),
      }
      const env = { ...preload(reportLoads), ...(store && login) }
      const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })
      t.equal(gate.stderr().includes('/node_modules/oauth4webapi/'), store !== undefined)
      t.equal(gate.stderr().includes('/node_modules/iovalkey/'), store === 'redis')
      t.equal(gate.stderr().includes('/login/session/redis/'), store === 'redis')
    },
  )
}

for (const mode of [undefined, 'cookie', 'tokens']) {
  t.test(
    `the auth API ${mode ? `with ${mode}` : 'off'}: ${mode ? 'only its own part' : 'nothing of it'} is loaded`,
    async (t) => {
      const api = {
        COGATE_PUBLIC_URL: 'https://app.example.com',
        COGATE_LOGIN_CLIENT_ID: issuer.clientId,
        COGATE_SESSION_SECRETS: 'a secret for tests that is long enough to be one',
        COGATE_AUTH_API_OPERATIONS: 'signIn',
        COGATE_AUTH_API_MODE: mode,
      }
      const env = { ...preload(reportLoads), ...(mode && api) }
      const loaded = (await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })).stderr()
      const has = (part: string) => loaded.includes(`/src/${part}`)
      t.equal(has('auth-api/'), mode !== undefined)
      t.equal(has('login/oauth/cognito-api.ts'), mode !== undefined)
      t.equal(has('login/login.ts'), mode === 'cookie')
      t.equal(has('auth-api/keepers/token-keeper.ts'), mode === 'tokens')
      t.equal(has('auth-api/keepers/cookie-keeper.ts'), mode === 'cookie')
      t.equal(has('login/session/sessions.ts'), mode === 'cookie')
      t.notOk(has('login/session/redis/'))
    },
  )
}

t.test('yaml is loaded for a text to read, and not for plain variables', async (t) => {
  for (const routes of [undefined, '[{ path: /open, auth: none }]']) {
    const env = { ...preload(reportLoads), ...(routes && { COGATE_ROUTES: routes }) }
    const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })
    t.equal(gate.stderr().includes('/node_modules/yaml/'), routes !== undefined, routes ?? 'none')
  }
})

t.test('the metrics library is loaded behind the start, whether or not anybody scrapes', async (t) => {
  const announce = `${reportLoads}
registerHooks({
  load(url, context, next) {
    if (url.includes('/node_modules/@prometheus-io/client/index.js')) process.stdout.write('{"msg":"client"}\\n')
    return next(url, context)
  },
})`
  const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env: preload(announce) })
  await gate.logged(({ msg }) => msg === 'client')
  const order = gate.lines.map(({ msg }) => msg).filter((msg) => msg === 'client' || msg === 'listening')
  t.same(order, ['listening', 'client'])
})

t.test('the status page is loaded when somebody opens it', async (t) => {
  const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env: preload(reportLoads) })
  const isLoaded = () => gate.stderr().includes('/ops/status/page.')
  t.notOk(isLoaded())
  const response = await fetch(`http://127.0.0.1:${gate.opsPort}/`)
  t.match(await response.text(), /^<!doctype html>/)
  t.ok(isLoaded())
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

for (const sources of [undefined, 'bearer', 'bearer,basicPassword']) {
  const isMore = sources?.includes(',') ?? false
  t.test(`credentials from ${sources ?? 'the default'}: other places are ${isMore ? '' : 'not '}loaded`, async (t) => {
    const env = { ...preload(reportLoads), ...(sources && { COGATE_CREDENTIALS_SOURCES: sources }) }
    const loaded = (await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })).stderr()
    t.ok(loaded.includes('/src/credentials/credentials.ts'))
    t.equal(loaded.includes('/src/credentials/compile.ts'), isMore)
    t.equal(loaded.includes('/src/credentials/cookie-header.ts'), isMore)
  })
}

for (const enabled of [false, true]) {
  t.test(`forward-auth ${enabled ? 'on' : 'off'}: its code is ${enabled ? '' : 'not '}loaded`, async (t) => {
    const trust = { COGATE_FORWARD_AUTH_ENABLED: 'true', COGATE_FORWARDED_TRUST: '127.0.0.1' }
    const env = { ...preload(reportLoads), ...(enabled && trust) }
    const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })
    t.equal(gate.stderr().includes('/src/forward-auth/'), enabled)
  })
}

for (const enabled of [false, true]) {
  t.test(`metadata ${enabled ? 'on' : 'off'}: their code is ${enabled ? '' : 'not '}loaded`, async (t) => {
    const metadata = { COGATE_PUBLIC_URL: 'https://app.example.com', COGATE_RESOURCE_METADATA_ENABLED: 'true' }
    const env = { ...preload(reportLoads), ...(enabled && metadata) }
    const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })
    t.equal(gate.stderr().includes('/src/resource/'), enabled)
  })
}

for (const audience of [undefined, 'orders']) {
  t.test(`a signed identity ${audience ? 'on' : 'off'}: its code is ${audience ? '' : 'not '}loaded`, async (t) => {
    const identity = { COGATE_PUBLIC_URL: 'https://app.example.com', COGATE_IDENTITY_TOKEN_AUDIENCE: audience }
    const env = { ...preload(reportLoads), ...(audience && identity) }
    const gate = await spawnGate(t, { issuer, upstream: 'http://127.0.0.1:1', env })
    t.equal(gate.stderr().includes('/src/identity-token/'), audience !== undefined)
  })
}
