/** `cogate check`: what is worth a look and no fault. */
import t from 'tap'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { runCogate } from '../helpers/cogate-process.ts'

t.test('warns where a preset makes users of two pools one, and exits 0 (FLD-30)', async (t) => {
  const pools = '[{id: eu-west-1_staff, clientIds: [a]}, {id: eu-west-1_people, clientIds: [b]}]'
  const check = async (preset: string) => {
    const env = { COGATE_USER_POOLS: pools, COGATE_IDENTITY_HEADERS_PRESET: preset }
    const run = await runCogate(t, ['check', '--offline'], { env })
    t.equal(run.code, 0, run.stderr)
    return [...run.stdout.matchAll(/^warning {2}(.+)$/gm)].map(([, text]) => text)
  }
  t.same(await check('default'), [])
  const [text = ''] = await check('grafana')
  t.match(text, /^the preset grafana .*eu-west-1_staff and eu-west-1_people.*routes\[\]\.userPools/)
})

t.test('warns where browser sign-in is set up and no rule sends people to it', async (t) => {
  const check = async (routes: string) => {
    const env = {
      COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI',
      COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample',
      COGATE_PUBLIC_URL: 'https://app.example.com',
      COGATE_FORWARDED_TRUST: '10.0.0.0/8',
      COGATE_LOGIN_DOMAIN: 'https://auth.example.com',
      COGATE_LOGIN_CLIENT_ID: '7h57kf5cf8b6sl9rexample',
      COGATE_SESSION_SECRETS: '0123456789abcdef'.repeat(4),
      COGATE_ROUTES: routes,
    }
    const run = await runCogate(t, ['check', '--offline'], { env })
    t.equal(run.code, 0, run.stderr)
    return [...run.stdout.matchAll(/^warning {2}(.+)$/gm)].map(([, text]) => text)
  }
  t.same(await check('[{path: /*, auth: login}]'), [])
  t.same(await check('[{path: /api/*}]'), [
    'sign-in: no rule has auth: login, so a person who opens a page gets 401; write routes: [{ path: /*, auth: login }]',
  ])
})

t.test(
  'warns of tokens in URLs, and of tokens in cookies where no public origin says which pages are its own',
  async (t) => {
    const check = async (sources: string, more: Readonly<Record<string, string>> = {}) => {
      const pool = { COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI', COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample' }
      const env = { ...pool, COGATE_CREDENTIALS_SOURCES: sources, ...more }
      const run = await runCogate(t, ['check', '--offline'], { env })
      t.equal(run.code, 0, run.stderr)
      return [...run.stdout.matchAll(/^warning {2}(.+)$/gm)].map(([, text]) => text)
    }
    t.same(await check('bearer,basicPassword,webSocketProtocol'), [])
    t.match(await check('bearer,insecureQuery:token'), [/insecureQuery:token reads tokens that are in the logs/])
    t.match(await check('amplify'), [/publicUrl/])
    const origin = { COGATE_PUBLIC_URL: 'https://app.example.com', COGATE_FORWARDED_TRUST: '10.0.0.0/8' }
    t.same(await check('cookie:token', origin), [])
  },
)

t.test('warns of a service that no rule names, and of metadata that are not turned on', async (t) => {
  const check = async (more: Readonly<Record<string, string>>) => {
    const pool = { COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI', COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample' }
    const run = await runCogate(t, ['check', '--offline'], { env: { ...pool, ...more } })
    t.equal(run.code, 0, run.stderr)
    return [...run.stdout.matchAll(/^warning {2}(.+)$/gm)].map(([, text]) => text)
  }
  const upstreams = { COGATE_UPSTREAMS: '[{name: reports, url: "http://127.0.0.1:9"}]' }
  const [text = ''] = await check(upstreams)
  t.match(text, /^upstreams: no rule names reports, so no request reaches it; write routes: /)
  const [, routes = ''] = /write routes: (.+)$/.exec(text) ?? []
  t.same(await check({ ...upstreams, COGATE_ROUTES: routes }), [], 'it is accepted when it is followed')
  const origin = { COGATE_PUBLIC_URL: 'https://mcp.example.com', COGATE_FORWARDED_TRUST: '10.0.0.0/8' }
  t.match(await check({ ...origin, COGATE_RESOURCE_METADATA_RESOURCES: '/mcp' }), [
    /^metadata: resourceMetadata\.enabled is not true/,
  ])
  t.same(await check(origin), [])
})

t.test('warns of a proxy in front that nothing names: the service would hear of plain http', async (t) => {
  const check = async (more: Readonly<Record<string, string>>) => {
    const pool = { COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI', COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample' }
    const run = await runCogate(t, ['check', '--offline'], { env: { ...pool, ...more } })
    t.equal(run.code, 0, run.stderr)
    return [...run.stdout.matchAll(/^warning {2}(forwarded.+)$/gm)].map(([, text]) => text)
  }
  const { cert, key } = createAuthority().issue('app.example.com')
  const files = writeFiles(t, { cert, key })
  const behind = { COGATE_PUBLIC_URL: 'https://app.example.com' }
  t.match(await check(behind), [/^forwarded\.trust: .*X-Forwarded-Proto: http.*10\.0\.0\.0\/8$/])
  t.same(await check({ ...behind, COGATE_FORWARDED_TRUST: '10.0.0.0/8' }), [])
  t.same(await check({ ...behind, COGATE_TLS_CERT_FILE: files.cert, COGATE_TLS_KEY_FILE: files.key }), [])
  t.same(await check({ COGATE_PUBLIC_URL: 'http://127.0.0.1:8181' }), [])
  t.same(await check({}), [])
})

t.test(
  'warns of what the configuration opens: report mode, every path, networks that are wider than they look',
  async (t) => {
    const check = async (more: Readonly<Record<string, string>>) => {
      const pool = { COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI', COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample' }
      const run = await runCogate(t, ['check', '--offline'], { env: { ...pool, ...more } })
      t.equal(run.code, 0, run.stderr)
      return [...run.stdout.matchAll(/^warning {2}(.+)$/gm)].map(([, text]) => text)
    }
    t.same(
      await check({ COGATE_ROUTES: '[{path: /public/*, auth: none}]', COGATE_FORWARDED_TRUST: '10.0.0.0/8,fd00::/8' }),
      [],
    )
    t.same(await check({ COGATE_MODE: 'report' }), ['report mode: no rule refuses anything'])
    t.same(await check({ COGATE_ROUTES: '[{path: /a, mode: report}, {path: /b}, {path: /c/*, mode: report}]' }), [
      'routes: rules in report mode refuse nothing: /a, /c/*',
    ])
    const open = '[{path: /*, auth: none}, {path: /*, host: a.example, auth: optional}, {path: /admin/*, groups: [a]}]'
    t.same(await check({ COGATE_ROUTES: open }), [
      'routes: auth: none for /* lets everybody reach every path that no other rule is for',
      'routes: auth: optional for /* of a.example lets everybody reach every path that no other rule is for',
    ])
    const trust = '10.0.0.1/8,192.168.1.0/24,10.1.2.3,fd00:1::5/32,fd00::/8,::1'
    t.same(await check({ COGATE_FORWARDED_TRUST: trust }), [
      'forwarded.trust: 10.0.0.1/8 is a whole network; write 10.0.0.1 for the one address',
      'forwarded.trust: fd00:1::5/32 is a whole network; write fd00:1::5 for the one address',
    ])
    const claim = 'can claim any client address; list the networks of your proxies alone'
    t.same(await check({ COGATE_FORWARDED_TRUST: '0.0.0.0/0,::/0,2000::/3,64.0.0.0/2' }), [
      `forwarded.trust: everybody in 0.0.0.0/0 ${claim}`,
      `forwarded.trust: everybody in ::/0 ${claim}`,
      `forwarded.trust: everybody in 2000::/3 ${claim}`,
      `forwarded.trust: everybody in 64.0.0.0/2 ${claim}`,
    ])
    // Every IPv4 caller of a listener for both versions.
    t.same(await check({ COGATE_FORWARDED_TRUST: '::ffff:0:0/96,::ffff:10.0.0.0/104,::/64' }), [
      `forwarded.trust: everybody in ::ffff:0:0/96 ${claim}`,
      `forwarded.trust: everybody in ::/64 ${claim}`,
    ])
    const asks = { COGATE_FORWARD_AUTH_ENABLED: 'true', COGATE_FORWARDED_TRUST: '0.0.0.0/0' }
    t.same(await check(asks), [
      'forwarded.trust: everybody in 0.0.0.0/0 can claim any client address, and may ask (forwardAuth.enabled); list the networks of your proxies alone',
    ])
  },
)

t.test('warns of a session that nobody can begin', async (t) => {
  const check = async (more: Readonly<Record<string, string>>) => {
    const pool = { COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI', COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample' }
    const run = await runCogate(t, ['check', '--offline'], { env: { ...pool, ...more } })
    t.equal(run.code, 0, run.stderr)
    return [...run.stdout.matchAll(/^warning {2}(session.+)$/gm)].map(([, text]) => text)
  }
  const secret = { COGATE_SESSION_SECRETS: '0123456789abcdef'.repeat(4) }
  const says =
    'session: neither login.domain nor authApi.operations is set, so nobody signs in, and session does nothing'
  t.same(await check(secret), [says])
  t.same(await check({ COGATE_SESSION_STORE: 'redis', COGATE_SESSION_REDIS_URL: 'redis://127.0.0.1:1' }), [says])
  t.same(await check({}), [])
  const login = {
    COGATE_PUBLIC_URL: 'http://127.0.0.1:8181',
    COGATE_LOGIN_DOMAIN: 'https://auth.example.com',
    COGATE_LOGIN_CLIENT_ID: '7h57kf5cf8b6sl9rexample',
  }
  t.same(await check({ ...secret, ...login }), [])
})
