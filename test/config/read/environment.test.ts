import t from 'tap'
import { collectIssues } from '../../../src/config/issues/issues.ts'
import { readEnvironment } from '../../../src/config/read/environment.ts'
import { envNames, type Option } from '../../../src/config/table/option.ts'
import { OPTIONS } from '../../../src/config/table/options.ts'
import { issuesOf, load, POOL, POOL_ENV } from '../loading.ts'

t.test('variables are the keys in capitals', async (t) => {
  const expected = {
    listen: ['COGATE_LISTEN'],
    'upstream.connectTimeout': ['COGATE_UPSTREAM_CONNECT_TIMEOUT'],
    'upstream.url': ['COGATE_UPSTREAM_URL', 'COGATE_UPSTREAM'],
    'upstream.tls.insecureSkipVerify': ['COGATE_UPSTREAM_TLS_INSECURE_SKIP_VERIFY'],
    'tls.clientCaFile': ['COGATE_TLS_CLIENT_CA_FILE'],
    userPools: ['COGATE_USER_POOLS'],
    'userPools[].id': ['COGATE_USER_POOL_ID'],
    'userPools[].clientIds': ['COGATE_USER_POOL_CLIENT_IDS', 'COGATE_CLIENT_ID'],
    'userPools[].jwksUri': ['COGATE_USER_POOL_JWKS_URI'],
    clockTolerance: ['COGATE_CLOCK_TOLERANCE'],
    routes: ['COGATE_ROUTES'],
    'routes[].path': [],
    'identityHeaders.set': ['COGATE_IDENTITY_HEADERS_SET'],
    'identityHeaders.set[].name': [],
  }
  for (const [path, names] of Object.entries(expected)) {
    const option = OPTIONS.find((candidate) => candidate.path === path)
    t.same(option && envNames(option), names, path)
  }
})

t.test('no two options share a variable', async (t) => {
  const names = OPTIONS.flatMap(envNames)
  t.equal(new Set(names).size, names.length)
})

t.test('text becomes the type of the key', async (t) => {
  const { config } = load({
    env: {
      ...POOL_ENV,
      COGATE_UPSTREAM_PRESERVE_HOST: 'false',
      COGATE_UPSTREAM_MAX_CONNECTIONS: '7',
      COGATE_LIMITS_CONNECTIONS: 'none',
      COGATE_LIMITS_BODY: '1MiB',
      COGATE_FORWARDED_TRUST: '10.0.0.0/8, fd00::/8',
      COGATE_PATHS_ALLOW: 'semicolon',
      COGATE_ROUTES: '[{path: /a, groups: [x]}]',
      COGATE_IDENTITY_HEADERS_SET: '[{"name": "X-User", "claim": "sub"}]',
    },
  })
  t.equal(config.upstream.preserveHost, false)
  t.equal(config.upstream.maxConnections, 7)
  t.equal(config.limits.connections, undefined)
  t.equal(config.limits.bodyBytes, 1024 ** 2)
  t.same(config.forwarded.trust, ['10.0.0.0/8', 'fd00::/8'])
  t.same(config.paths.allow, ['semicolon'])
  t.match(config.routes, [{ path: '/a', groups: ['x'] }])
  t.match(config.identityHeaders.set, [{ name: 'X-User', claim: 'sub' }])
})

t.test('text of another type is refused', async (t) => {
  const cases = [
    ['COGATE_LOG_ACCESS', 'yes', 'COGATE_LOG_ACCESS=true'],
    ['COGATE_LIMITS_HEADER_COUNT', '1e3', 'COGATE_LIMITS_HEADER_COUNT=200'],
    ['COGATE_LIMITS_HEADER_COUNT', '0', 'COGATE_LIMITS_HEADER_COUNT=200'],
    ['COGATE_JWKS_TIMEOUT', '5', 'COGATE_JWKS_TIMEOUT=5s'],
    ['COGATE_LIMITS_TOKEN', '8192', 'COGATE_LIMITS_TOKEN=8KiB'],
    ['COGATE_LISTEN', '8080', 'COGATE_LISTEN=0.0.0.0:8080'],
    ['COGATE_LISTEN', '::1:8080', "COGATE_LISTEN='[::1]:8080'"],
    ['COGATE_LISTEN', ':::8080', "COGATE_LISTEN='[::]:8080'"],
    ['COGATE_LISTEN', 'fd00::1', "COGATE_LISTEN='[fd00::1]:8181'"],
    ['COGATE_UPSTREAM', 'app:3000', 'COGATE_UPSTREAM=http://app:3000'],
    ['COGATE_UPSTREAM', 'http://[::1]:3000/a', "COGATE_UPSTREAM='http://[::1]:3000'"],
    ['COGATE_UPSTREAM', 'http://bücher.example', 'COGATE_UPSTREAM=http://127.0.0.1:8080'],
    ['COGATE_UPSTREAM', 'http://10.0.5:3000', 'COGATE_UPSTREAM=http://127.0.0.1:8080'],
    ['COGATE_PATHS_ALLOW', 'semikolon', 'COGATE_PATHS_ALLOW=semicolon'],
    ['COGATE_ROUTES', '/a', "COGATE_ROUTES='[{path: /admin/*}]'"],
    ['COGATE_ROUTES', '[{', "COGATE_ROUTES='[{…}]'"],
  ] as const
  for (const [name, text, fix] of cases) {
    const [issue] = issuesOf({ env: { ...POOL_ENV, [name]: text } })
    t.match(issue, { source: `environment ${name}`, fix }, `${name}=${text}`)
  }
})

t.test('an empty variable counts as not set where the key demands, limits and protects nothing (FLD-01)', async (t) => {
  for (const option of OPTIONS.filter(({ mayBeEmpty }) => mayBeEmpty)) {
    for (const name of envNames(option)) {
      t.same(issuesOf({ env: { ...POOL_ENV, [name]: '' } }), [], name)
      t.match(issuesOf({ env: { ...POOL_ENV, [name]: ' ' } })[0], { source: `environment ${name}` }, `${name} blank`)
    }
  }
  const { config } = load({ yaml: `${POOL}log: { level: warn }\n`, env: { COGATE_LOG_LEVEL: '' } })
  t.equal(config.log.level, 'warn', 'the file counts')
  const twins = { COGATE_UPSTREAM: '', COGATE_UPSTREAM_URL: 'http://b' }
  t.equal(load({ env: { ...POOL_ENV, ...twins } }).config.upstream.url, 'http://b')
})

t.test('any other empty variable is a mistake: what it demanded must not vanish (FLD-01)', async (t) => {
  const cases = [
    ['COGATE_ROUTES', 'routes', "COGATE_ROUTES='[{path: /admin/*}]'"],
    ['COGATE_RATE_LIMIT_PER_ADDRESS', 'rateLimit.perAddress', 'COGATE_RATE_LIMIT_PER_ADDRESS=100/s'],
    ['COGATE_TLS_CLIENT_CA_FILE', 'tls.clientCaFile', 'COGATE_TLS_CLIENT_CA_FILE=/etc/cogate/client-ca.pem'],
    ['COGATE_FORWARDED_TRUST', 'forwarded.trust[0]', /^COGATE_FORWARDED_TRUST=/],
    ['COGATE_LIMITS_BODY', 'limits.body', /^COGATE_LIMITS_BODY=/],
    ['COGATE_IDENTITY_HEADERS_STRIP_PREFIXES', 'identityHeaders.stripPrefixes', /^COGATE_.*=x-internal-$/],
    ['COGATE_CONFIG', 'config', 'COGATE_CONFIG=/etc/cogate/cogate.yaml'],
    ['COGATE_X', 'COGATE_X', 'unset COGATE_X'],
  ] as const
  for (const [name, key, fix] of cases) {
    t.match(issuesOf({ env: { ...POOL_ENV, [name]: '' } }), [{ source: `environment ${name}`, fix }], name)
    t.match(issuesOf({ env: { ...POOL_ENV, [name]: '' } })[0]?.key, key, name)
  }
  for (const option of OPTIONS.filter(({ mayBeEmpty }) => !mayBeEmpty)) {
    for (const name of envNames(option)) {
      t.match(issuesOf({ env: { ...POOL_ENV, [name]: '' } })[0]?.source, `environment ${name}`, name)
    }
  }
  t.match(issuesOf({ env: { ...POOL_ENV, COGATE_ROUTES: '# none' } }), [{ key: 'routes' }])
  t.match(issuesOf({ env: POOL_ENV, argv: ['--limits-body', ''] }), [
    { key: 'limits.body', source: 'flag --limits-body' },
  ])
})

t.test('variables of other programs are none of our business', async (t) => {
  t.ok(load({ env: { ...POOL_ENV, PATH: '/bin', COGATEWAY: '1', XCOGATE_LISTEN: '1' } }).config)
})

t.test('an unknown variable is an error that names the nearest one, never its value', async (t) => {
  const [issue] = issuesOf({ yaml: POOL, env: { COGATE_UPSTRAEM: 'hunter2' } })
  t.match(issue, { key: 'COGATE_UPSTRAEM', expected: 'COGATE_UPSTREAM', fix: 'COGATE_UPSTREAM=…' })
  t.notMatch(JSON.stringify(issue), /hunter2/)
  const [other] = issuesOf({ yaml: POOL, env: { COGATE_PASSWORD: 'hunter2' } })
  t.match(other, { fix: 'unset COGATE_PASSWORD' })
})

t.test('a variable in small letters, and those of other programs, are answered with ours (FLD-18)', async (t) => {
  const cases = [
    ['cogate_upstream', 'http://a', 'COGATE_UPSTREAM=…'],
    ['Cogate_Routes', '[]', 'COGATE_ROUTES=…'],
    ['cogate_config', 'a.yaml', 'COGATE_CONFIG=…'],
    ['COGATE_PORT', '8080', 'COGATE_LISTEN=0.0.0.0:8080'],
    ['COGATE_HOST', '127.0.0.1', 'COGATE_LISTEN=127.0.0.1:8181'],
    ['COGATE_BIND', 'hunter2', 'COGATE_LISTEN=…'],
  ] as const
  for (const [name, text, fix] of cases) t.match(issuesOf({ yaml: POOL, env: { [name]: text } }), [{ key: name, fix }])
  t.ok(load({ yaml: POOL, env: { cogate_of_another: '1' } }).config, 'unless it is none of ours')
})

t.test('variables that Kubernetes makes for a Service are ignored', async (t) => {
  const links = {
    COGATE_SERVICE_HOST: '10.96.0.10',
    COGATE_SERVICE_PORT: '8181',
    COGATE_SERVICE_PORT_HTTP: '8181',
    COGATE_PORT: 'tcp://10.96.0.10:8181',
    COGATE_PORT_8181_TCP: 'tcp://10.96.0.10:8181',
    COGATE_PORT_8181_TCP_PROTO: 'tcp',
    COGATE_PORT_8181_TCP_PORT: '8181',
    COGATE_PORT_8181_TCP_ADDR: '10.96.0.10',
    COGATE_OPS_SERVICE_HOST: '10.96.0.11',
    COGATE_OPS_PORT: 'tcp://10.96.0.11:9464',
    COGATE_OPS_PORT_9464_TCP: 'tcp://10.96.0.11:9464',
  }
  t.ok(load({ yaml: POOL, env: links }).config)
  t.match(issuesOf({ yaml: POOL, env: { COGATE_PORT: '8181' } }), [{ key: 'COGATE_PORT' }])
})

t.test('two names of one key may not both be set', async (t) => {
  const env = { ...POOL_ENV, COGATE_UPSTREAM: 'http://a', COGATE_UPSTREAM_URL: 'http://b' }
  t.match(issuesOf({ env }), [{ key: 'upstream.url', expected: /COGATE_UPSTREAM and COGATE_UPSTREAM_URL/ }])
})

t.test('what a user pool still lacks is asked for as a variable', async (t) => {
  t.match(issuesOf({ env: { COGATE_CLIENT_ID: 'a' } }), [
    {
      key: 'userPools[0].id',
      source: 'not set',
      found: 'nothing',
      fix: 'COGATE_USER_POOL_ID=ap-northeast-1_AbCdEfGhI',
    },
  ])
  t.match(issuesOf({ env: { COGATE_USER_POOL_ID: 'eu-west-1_a' } }), [
    { key: 'userPools[0].clientIds', source: 'not set', fix: 'COGATE_CLIENT_ID=7h57kf5cf8b6sl9rexample' },
  ])
})

t.test('a secret is also read from the file its …_FILE variable names', async (t) => {
  const secret: Option = { path: 'login.clientSecret', type: { kind: 'string' }, doc: 'A secret.', secret: true }
  const read = (env: Readonly<Record<string, string>>) => {
    const issues = collectIssues()
    const readFile = (path: string): string => {
      if (path !== '/run/secret') throw Object.assign(new Error('no'), { code: 'EACCES' })
      return 'hunter2\n'
    }
    return { entries: readEnvironment(env, { options: [secret], issues, readFile }), issues: issues.list() }
  }
  t.match(read({ COGATE_LOGIN_CLIENT_SECRET: 'direct' }).entries, [{ text: 'direct' }])
  t.match(read({ COGATE_LOGIN_CLIENT_SECRET_FILE: '/run/secret' }).entries, [{ option: secret, text: 'hunter2' }])
  t.match(read({ COGATE_LOGIN_CLIENT_SECRET_FILE: '/run/other' }), {
    entries: [],
    issues: [
      {
        found: '/run/other, which may not be read by this user',
        source: 'environment COGATE_LOGIN_CLIENT_SECRET_FILE',
      },
    ],
  })
  t.match(issuesOf({ yaml: POOL, env: { COGATE_LISTEN_FILE: '/run/secret' } }), [{ key: 'COGATE_LISTEN_FILE' }])
})

t.test('a secret with a blank or a line break around it is told so, and not shown', async (t) => {
  const login = { COGATE_PUBLIC_URL: 'https://a', COGATE_LOGIN_DOMAIN: 'https://b', COGATE_LOGIN_CLIENT_ID: 'c' }
  for (const secret of ['hunter2 ', 'hunter2\n\n', ' hunter2']) {
    const issues = issuesOf({ yaml: POOL, env: { ...login, COGATE_LOGIN_CLIENT_SECRET: secret } })
    const [issue] = issues.filter(({ key }) => key === 'login.clientSecret')
    t.match(issue, { found: '(secret)', fix: /^# write it without the blanks and line breaks around it: printf %s / })
    t.notMatch(JSON.stringify(issues), 'hunter2')
  }
})
