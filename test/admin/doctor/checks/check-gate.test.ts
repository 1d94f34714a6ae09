/** What `cogate doctor` says when the configuration of the gate and the pool do not fit. */
import t from 'tap'
import { checkGate } from '../../../../src/admin/doctor/checks/check-gate.ts'
import type { PoolFacts } from '../../../../src/admin/doctor/facts.ts'
import { loadConfig } from '../../../../src/config/load.ts'

const id = 'ap-northeast-1_AbCdEfGhI'
const facts: PoolFacts = {
  id,
  pool: {},
  clients: [
    {
      ClientId: 'web',
      hasSecret: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'api/read'],
      CallbackURLs: ['https://app.example.com/_cogate/callback'],
      LogoutURLs: ['https://app.example.com/_cogate/logged-out'],
    },
    { ClientId: 'app', hasSecret: false, ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] },
  ],
  groups: ['admin'],
  scopes: ['api/read', 'api/write'],
  domains: [{ Domain: 'members' }, { Domain: 'auth.example.com' }],
  denied: [],
}

const login = {
  COGATE_PUBLIC_URL: 'https://app.example.com',
  COGATE_LOGIN_DOMAIN: 'https://auth.example.com',
  COGATE_LOGIN_CLIENT_ID: 'web',
  COGATE_LOGIN_CLIENT_SECRET: 'a-secret-of-the-client',
  COGATE_LOGIN_SCOPES: 'openid',
  COGATE_SESSION_SECRETS: Buffer.alloc(32, 7).toString('base64'),
}

interface Rule {
  readonly path: string
  readonly [key: string]: unknown
}

function ask(
  env: Readonly<Record<string, string>>,
  { routes = [], ...own }: Partial<PoolFacts> & { routes?: readonly Rule[] } = {},
) {
  const base = { COGATE_USER_POOL_ID: id, COGATE_CLIENT_ID: 'web', COGATE_UPSTREAM: 'http://127.0.0.1:9' }
  const rules = routes.length > 0 ? { COGATE_ROUTES: JSON.stringify(routes) } : {}
  const { config } = loadConfig({ argv: [], env: { ...base, ...rules, ...env } })
  return checkGate(config, { ...facts, ...own }).map(({ check, words }) => [check, words])
}

t.test('a configuration that fits is good, with and without browser sign-in', async (t) => {
  const routes = [
    { path: '/a/*', groups: ['admin'], scopes: ['api/read'] },
    { path: '/b/*', auth: 'login' },
  ]
  t.same(ask(login, { routes }), [['gate_ok', {}]])
  t.same(ask({}), [['gate_ok', {}]])
})

t.test('another pool', async (t) => {
  t.match(ask({ COGATE_USER_POOL_ID: 'eu-west-1_Other' }), [['gate_pool_other', { pools: 'eu-west-1_Other' }]])
})

t.test('an issuer in the form that the pool does not have; one of an emulator is left alone', async (t) => {
  const original = `https://cognito-idp.ap-northeast-1.amazonaws.com/${id}`
  const pool = { IssuerConfiguration: { Type: 'UPDATED' } } as const
  t.match(ask({ COGATE_USER_POOL_ISSUER: original }, { pool }), [
    ['gate_issuer_form', { issuer: /issuer-cognito-idp/ }],
  ])
  t.same(ask({ COGATE_USER_POOL_ISSUER: original }), [['gate_ok', {}]])
  t.same(ask({ COGATE_USER_POOL_ISSUER: 'http://localhost:9229/x' }, { pool }), [['gate_ok', {}]])
})

t.test('clients, groups and scopes that the pool lacks', async (t) => {
  t.same(ask({ COGATE_CLIENT_ID: 'gone' }), [['gate_client_unknown', { client: 'gone' }]])
  t.match(ask({}, { routes: [{ path: '/a/*', groups: ['Admin', 'admin'] }] }), [
    ['gate_group_unknown', { group: 'Admin', path: '/a/*' }],
  ])
  t.match(ask({}, { routes: [{ path: '/a/*', anyScope: ['api/delete', 'api/write'] }] }), [
    ['gate_scope_unknown', { scope: 'api/delete' }],
    ['gate_scope_of_no_client', { scope: 'api/write' }],
  ])
})

t.test('API sign-in gives one scope of its own', async (t) => {
  const routes = [{ path: '/a/*', scopes: ['aws.cognito.signin.user.admin'] }]
  t.match(ask({}, { routes }), [['gate_scope_of_no_client', {}]])
  t.same(ask({ COGATE_CLIENT_ID: 'app' }, { routes }), [['gate_ok', {}]])
})

t.test('what could not be read is no fault', async (t) => {
  const routes = [{ path: '/a/*', groups: ['x'], scopes: ['x/y'] }]
  const nothing = { clients: undefined, groups: undefined, scopes: undefined, domains: undefined }
  t.same(ask(login, { ...nothing, routes }), [['gate_ok', {}]])
})

t.test('browser sign-in: domain, client, flow, secret, addresses, scopes', async (t) => {
  t.match(ask({ ...login, COGATE_LOGIN_DOMAIN: 'https://members.auth.eu-west-1.amazoncognito.com' }), [
    ['gate_domain_other', { domains: 'members.auth.ap-northeast-1.amazoncognito.com, auth.example.com' }],
  ])
  t.match(ask(login, { domains: [] }), [['gate_domain_other', { domains: '-' }]])
  t.match(ask({ ...login, COGATE_CLIENT_ID: 'gone', COGATE_LOGIN_CLIENT_ID: 'gone' }).slice(-1), [
    ['gate_login_client_unknown', { client: 'gone' }],
  ])
  const wrong = ask({ ...login, COGATE_CLIENT_ID: 'app', COGATE_LOGIN_CLIENT_ID: 'app' })
  t.same(
    wrong.map(([check]) => check),
    ['gate_login_scope', 'gate_login_no_code_flow', 'gate_login_secret', 'gate_login_callback', 'gate_login_logout'],
  )
  t.notMatch(JSON.stringify(wrong), 'a-secret-of-the-client')
  const { COGATE_LOGIN_CLIENT_SECRET: _, ...bare } = login
  t.match(ask(bare), [['gate_login_secret', { wanted: 'ClientSecret' }]])
})
