/** The metadata of the resource and of its authorization server, as a client reads them from a running gate. */
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { families, startAskStack } from '../helpers/forward-auth.ts'
import { gateEnvironment, startTestGate } from '../helpers/gateway.ts'
import { type IssuerOptions, startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const keys = createKeys()
const origin = 'https://mcp.example.com'
const resourceUrl = '/.well-known/oauth-protected-resource'
const serverUrl = '/.well-known/oauth-authorization-server'

interface WorldOptions {
  readonly metadata?: object | undefined
  readonly routes?: readonly object[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly issuer?: IssuerOptions
}

async function startWorld(t: Test, { metadata = {}, routes = [], env = {}, issuer: options = {} }: WorldOptions = {}) {
  const clock = { ms: Date.now() }
  const issuer = await startTestIssuer(t, { keys, now: () => clock.ms, ...options })
  const upstream = await startUpstream(t)
  const variables = Object.entries(metadata).map(([name, value]) => [
    `COGATE_RESOURCE_METADATA_${name.replaceAll(/([A-Z])/g, '_$1').toUpperCase()}`,
    String(value),
  ])
  const optionsWith = (more: Readonly<Record<string, string | undefined>> = {}) => ({
    issuer,
    upstream: upstream.url,
    routes,
    env: {
      COGATE_PUBLIC_URL: origin,
      COGATE_RESOURCE_METADATA_ENABLED: 'true',
      ...Object.fromEntries(variables),
      ...env,
      ...more,
    },
  })
  const gate = await startTestGate(t, { ...optionsWith(), now: () => clock.ms })
  const load = (more: Readonly<Record<string, string | undefined>>) =>
    loadConfig({ argv: [], env: gateEnvironment(optionsWith(more)) }).config
  const fetchFrom = (target: string, init: RequestInit = {}) => fetch(gate.url + target, init)
  const read = async (target: string) => (await fetchFrom(target)).json() as Promise<Record<string, unknown>>
  return { clock, issuer, upstream, gate, load, fetchFrom, read }
}

t.test(
  'the origin is the resource unless others are listed, and openid the scope unless rules demand one',
  async (t) => {
    const { read, fetchFrom } = await startWorld(t)
    t.same(await read(resourceUrl), {
      resource: origin,
      authorization_servers: [origin],
      scopes_supported: ['openid'],
      bearer_methods_supported: ['header'],
    })
    const { status, headers } = await fetchFrom(resourceUrl)
    t.same(
      [status, headers.get('content-type'), headers.get('cache-control'), headers.get('access-control-allow-origin')],
      [200, 'application/json', 'public, max-age=300', '*'],
    )
    t.equal((await fetchFrom(`${resourceUrl}/mcp`)).status, 404, 'a resource that is not listed')
  },
)

t.test('each resource has metadata of its own: name, documentation, and the scopes of its rules', async (t) => {
  const { read } = await startWorld(t, {
    metadata: { resources: '/,/mcp,/api/v2', name: 'Tools', documentation: 'https://docs.example.com/' },
    routes: [
      { path: '/mcp', anyScope: ['api/read', 'api/write'] },
      { path: '/mcp/admin/*', scopes: ['api/admin'] },
      { path: '/mcpx', scopes: ['api/other'] },
      { path: '/api/*', scopes: ['api/read'] },
      { path: '/open/*', auth: 'none' },
    ],
  })
  t.same(await read(`${resourceUrl}/mcp`), {
    resource: `${origin}/mcp`,
    authorization_servers: [origin],
    scopes_supported: ['api/read', 'api/write', 'api/admin'],
    bearer_methods_supported: ['header'],
    resource_name: 'Tools',
    resource_documentation: 'https://docs.example.com/',
  })
  t.same((await read(`${resourceUrl}/api/v2`))['scopes_supported'], ['api/read'])
  t.same((await read(resourceUrl))['scopes_supported'], ['api/read', 'api/write', 'api/admin', 'api/other'])
  t.equal((await read(`${resourceUrl}/mcp/?x=y`))['resource'], `${origin}/mcp`, 'a slash and a query change nothing')
})

t.test('scopes of the configuration take the place of those of the rules', async (t) => {
  const { read } = await startWorld(t, { metadata: { scopes: 'a/b' }, routes: [{ path: '/x', scopes: ['c/d'] }] })
  t.same((await read(resourceUrl))['scopes_supported'], ['a/b'])
})

t.test('every challenge names the metadata of the most specific resource', async (t) => {
  const { fetchFrom, issuer } = await startWorld(t, {
    metadata: { resources: '/mcp,/,/mcp/deep' },
    routes: [{ path: '/scoped', scopes: ['api/x'] }],
  })
  const challenge = async (target: string, authorization?: string) => {
    const { headers } = await fetchFrom(target, authorization === undefined ? {} : { headers: { authorization } })
    return headers.get('www-authenticate') ?? ''
  }
  const named = (path: string) => `Bearer realm="cogate", resource_metadata="${origin}${resourceUrl}${path}"`
  t.equal(await challenge('/mcp?a=b'), named('/mcp'))
  t.equal(await challenge('/mcp/x'), named('/mcp'))
  t.equal(await challenge('/mcp/deep/x'), named('/mcp/deep'))
  t.equal(await challenge('/mcpx'), named(''))
  t.equal((await challenge('/mcp', 'Bearer x')).startsWith(`${named('/mcp')}, error="invalid_token", `), true)
  const scoped = await challenge('/scoped', `Bearer ${issuer.mintAccessToken()}`)
  t.match(scoped, /resource_metadata="[^"]+", error="insufficient_scope", .*scope="api\/x"$/)
})

t.test('a challenge names no metadata where no resource is, and none without the key', async (t) => {
  const { fetchFrom } = await startWorld(t, { metadata: { resources: '/mcp' } })
  t.equal((await fetchFrom('/other')).headers.get('www-authenticate'), 'Bearer realm="cogate"')
  const off = await startWorld(t, { env: { COGATE_RESOURCE_METADATA_ENABLED: undefined } })
  t.equal((await off.fetchFrom('/x')).headers.get('www-authenticate'), 'Bearer realm="cogate"')
})

t.test('without the key the service answers at these paths as at any other', async (t) => {
  const { fetchFrom, upstream } = await startWorld(t, {
    env: { COGATE_RESOURCE_METADATA_ENABLED: undefined },
    routes: [{ path: '/.well-known/*', auth: 'none' }],
  })
  for (const path of [resourceUrl, serverUrl]) t.equal((await fetchFrom(path)).status, 200)
  t.same(
    upstream.requests.map(({ url }) => url),
    [resourceUrl, serverUrl],
  )
})

t.test('with the key only these two paths are the gate’s, in every spelling and with every method', async (t) => {
  const { fetchFrom, upstream } = await startWorld(t, { routes: [{ path: '/.well-known/*', auth: 'none' }] })
  for (const target of [
    `${resourceUrl}/nothing`,
    `${resourceUrl}/a//b`,
    '/.well-known/OAUTH-protected-resource',
    '/.well-known/oauth%2Dprotected-resource',
    `${serverUrl}/nothing`,
    '/_cogate/.well-known/oauth-protected-resource',
  ]) {
    const answer = await fetchFrom(target)
    t.equal(answer.status, 404, target)
    t.match(await answer.json(), { code: 'endpoint_not_found' })
  }
  for (const method of ['POST', 'DELETE']) {
    const answer = await fetchFrom(resourceUrl, { method })
    t.match(await answer.json(), { status: 404, code: 'endpoint_not_found' }, method)
  }
  t.same(upstream.requests, [])
  for (const target of [
    '/.well-known/openid-configuration',
    `${resourceUrl}s`,
    '/.well-known/oauth-protected',
    '/.well-known/jwks.json',
  ]) {
    t.equal((await fetchFrom(target)).status, 200, target)
  }
  t.equal(upstream.requests.length, 4)
})

t.test('HEAD has no body, and a preflight of any origin gets yes', async (t) => {
  const { fetchFrom } = await startWorld(t)
  for (const path of [resourceUrl, serverUrl]) {
    const head = await fetchFrom(path, { method: 'HEAD' })
    t.same([head.status, await head.text(), head.headers.get('content-type')], [200, '', 'application/json'], path)
    t.ok(Number(head.headers.get('content-length')) > 0)
    const headers = {
      origin: 'https://page.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'mcp-protocol-version',
    }
    const preflight = await fetchFrom(path, { method: 'OPTIONS', headers })
    t.equal(preflight.status, 204)
    t.equal(preflight.headers.get('access-control-allow-origin'), '*')
    t.match(preflight.headers.get('access-control-allow-methods'), 'GET')
    t.equal(preflight.headers.get('access-control-allow-headers'), '*')
  }
})

t.test(
  'the authorization server is the user pool, with S256 and with the issuer that the client asked for',
  async (t) => {
    const { read, issuer } = await startWorld(t, { metadata: { resources: '/mcp' } })
    const discovery = await fetch(`${issuer.url}/${issuer.poolId}/.well-known/openid-configuration`)
    const expected = {
      ...((await discovery.json()) as object),
      issuer: origin,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    }
    t.same(await read(serverUrl), expected)
    t.same(await read(`${serverUrl}/mcp`), { ...expected, issuer: `${origin}/mcp` }, 'in the place of the resource')
    t.match(await read(`${serverUrl}/${issuer.poolId}`), { code: 'endpoint_not_found' }, 'one pool needs no path')
  },
)

t.test('of several pools each is an authorization server', async (t) => {
  const other = await startTestIssuer(t, { keys, poolId: 'eu-west-1_OtherPool1' })
  const first = await startTestIssuer(t, { keys })
  const upstream = await startUpstream(t)
  const pools = [first, other].map(({ poolId, clientId, issuer }) => ({ id: poolId, clientIds: [clientId], issuer }))
  const gate = await startTestGate(t, {
    issuer: first,
    upstream: upstream.url,
    env: {
      COGATE_USER_POOL_ID: undefined,
      COGATE_CLIENT_ID: undefined,
      COGATE_USER_POOL_ISSUER: undefined,
      COGATE_USER_POOLS: JSON.stringify(pools),
      COGATE_PUBLIC_URL: origin,
      COGATE_RESOURCE_METADATA_ENABLED: 'true',
    },
  })
  const read = async (target: string) => (await fetch(gate.url + target)).json() as Promise<Record<string, unknown>>
  t.same((await read(resourceUrl))['authorization_servers'], [origin, `${origin}/${other.poolId}`])
  t.match(await read(serverUrl), { issuer: origin, token_endpoint: `${first.url}/oauth2/token` })
  t.match(await read(`${serverUrl}/${other.poolId}`), {
    issuer: `${origin}/${other.poolId}`,
    token_endpoint: `${other.url}/oauth2/token`,
  })
})

t.test('a pool that does not answer is 503, and one fetch serves everybody who waits', async (t) => {
  const { fetchFrom, issuer, gate, clock } = await startWorld(t)
  await issuer.close()
  const answers = await Promise.all([1, 2, 3].map(() => fetchFrom(serverUrl)))
  for (const answer of answers) {
    t.equal(answer.status, 503)
    t.equal(answer.headers.get('retry-after'), '5')
    t.match(await answer.json(), { code: 'discovery_unavailable' })
  }
  t.equal((await fetchFrom(resourceUrl)).status, 200, 'the metadata of the resource need no pool')
  const failed = () => gate.lines.filter(({ msg }) => msg === 'discovery_failed')
  t.match(failed(), [{ pool: issuer.poolId, detail: 'fetch failed with ECONNREFUSED' }])
  t.equal(failed().length, 1)
  clock.ms += 10_000
  t.equal((await fetchFrom(serverUrl)).status, 503)
  t.equal(failed().length, 2, 'it is asked again after the cooldown')
  t.match(await gate.logged(({ path, msg }) => msg === 'access' && path === serverUrl), {
    outcome: 'deny',
    reason: 'discovery_unavailable',
  })
})

t.test('what was fetched is kept while the pool is away', async (t) => {
  const { read, issuer, clock } = await startWorld(t)
  t.match(await read(serverUrl), { issuer: origin })
  await issuer.close()
  clock.ms += 2 * 3_600_000
  t.match(await read(serverUrl), { issuer: origin })
  clock.ms += 24 * 3_600_000
  t.match(await read(serverUrl), { code: 'discovery_unavailable' })
})

t.test('a question of another proxy is answered with the resource of the request that it is about', async (t) => {
  const { ask } = await startAskStack(t, {
    env: {
      COGATE_PUBLIC_URL: origin,
      COGATE_RESOURCE_METADATA_ENABLED: 'true',
      COGATE_RESOURCE_METADATA_RESOURCES: '/mcp',
    },
  })
  for (const family of families) {
    const { headers } = await ask(family, { method: 'POST', target: '/mcp', authorization: [] })
    t.same(
      headers['www-authenticate'],
      [`Bearer realm="cogate", resource_metadata="${origin}${resourceUrl}/mcp"`],
      family,
    )
  }
})

t.test('a reload brings the metadata and takes them away', async (t) => {
  const { fetchFrom, gate, load } = await startWorld(t, { env: { COGATE_RESOURCE_METADATA_ENABLED: undefined } })
  t.equal((await fetchFrom(resourceUrl)).status, 401)
  await gate.reload(load({ COGATE_RESOURCE_METADATA_ENABLED: 'true' }))
  t.equal((await fetchFrom(resourceUrl)).status, 200)
  t.equal((await fetchFrom(serverUrl)).status, 200)
  await gate.reload(load({ COGATE_RESOURCE_METADATA_ENABLED: 'true', COGATE_LIMITS_URL: '9KiB' }))
  t.equal((await fetchFrom(serverUrl)).status, 200)
  await gate.reload(load({ COGATE_RESOURCE_METADATA_ENABLED: undefined }))
  t.equal((await fetchFrom(resourceUrl)).status, 401)
})
