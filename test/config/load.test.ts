import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { holdersOf, parseKey } from '../../src/config/table/key.ts'
import { OPTIONS } from '../../src/config/table/options.ts'
import { ConfigError } from '../../src/errors.ts'
import { issuesOf, load, POOL, POOL_ENV } from './loading.ts'
import { DEFAULTS, EVERYTHING, PARSED } from './whole.ts'

t.test('three variables are enough', async (t) => {
  const { config } = load({ env: { ...POOL_ENV, COGATE_UPSTREAM: 'http://127.0.0.1:3000' } })
  t.strictSame(config, { ...DEFAULTS, upstream: { ...DEFAULTS.upstream, url: 'http://127.0.0.1:3000' } })
})

t.test('a file of one user pool gets every default of the contract', async (t) => {
  t.strictSame(load({ yaml: POOL }).config, DEFAULTS)
})

t.test('every key of the file arrives in Config, units resolved', async (t) => {
  t.strictSame(load({ yaml: EVERYTHING, files: { '/run/value': 'a' } }).config, PARSED)
})

t.test('JSON is a configuration file too, tabs included', async (t) => {
  const pool = { id: 'eu-west-1_AbCdEfGhI', clientIds: ['client1'] }
  t.strictSame(load({ yaml: JSON.stringify({ userPools: [pool] }, null, '\t') }).config, DEFAULTS)
})

t.test('the upstream as a scalar is the same as its url', async (t) => {
  t.equal(load({ yaml: `${POOL}upstream: http://10.0.0.1:80` }).config.upstream.url, 'http://10.0.0.1')
})

t.test('a key without a value is a mistake: what it demanded must not vanish (FLD-01)', async (t) => {
  const empty =
    'listen:\nupstream:\ntls: { certFile:, keyFile: }\njwks: { snapshotFile: }\nroutes:\npaths: { allow: }\n'
  t.match(
    issuesOf({ yaml: `${POOL}${empty}` }).map(({ key, found }) => [key, found]),
    ['listen', 'upstream', 'tls.certFile', 'tls.keyFile', 'jwks.snapshotFile', 'routes', 'paths.allow'].map((key) => [
      key,
      'a key without a value',
    ]),
  )
})

t.test('a rule whose demand has lost its value is no rule without demands (FLD-01)', async (t) => {
  for (const key of ['groups', 'scopes', 'anyScope', 'clientIds', 'userPools', 'methods', 'host', 'mode', 'auth']) {
    for (const rule of [
      `routes:\n  - path: /admin/*\n    ${key}:\n    # - admin`,
      `routes: [{ path: /a, ${key}: ~ }]`,
    ]) {
      t.match(issuesOf({ yaml: `${POOL}${rule}` }), [{ key: `routes[0].${key}`, found: 'a key without a value' }], rule)
    }
  }
  const fixes = issuesOf({ yaml: `${POOL}routes:\n  - path: /admin/*\n    groups:` }).map(({ fix }) => fix)
  t.same(
    fixes,
    issuesOf({ yaml: `${POOL}routes:\n  - path: /admin/*\n    groups: []` }).map(({ fix }) => fix),
  )
})

t.test('every key without a value is a mistake of that key, in YAML and in JSON (FLD-01)', async (t) => {
  const parents = new Set(OPTIONS.flatMap(({ path }) => holdersOf(path.replaceAll('[]', '[0]')).slice(1)))
  for (const key of parents) {
    if (key.endsWith('[0]')) continue
    const path = parseKey(key)
    const data = path.reduceRight<unknown>((inside, part) => (part === 0 ? [inside] : { [part]: inside }), null)
    const issues = issuesOf({ yaml: JSON.stringify(data), env: path[0] === 'userPools' ? {} : POOL_ENV })
    t.ok(
      issues.some((issue) => issue.key === key && issue.found === 'a key without a value'),
      key,
    )
  }
})

t.test('flags win over variables, variables over the file, the file over the defaults, key by key', async (t) => {
  const yaml = `${POOL}log: { level: warn, subject: plain, access: false }\nlisten: ":1"`
  const env = { COGATE_LOG_LEVEL: 'error', COGATE_LOG_SUBJECT: 'none' }
  const { config, origins } = load({ yaml, env, argv: ['--log-level', 'debug'] })
  t.strictSame(config.log, { level: 'debug', subject: 'none', access: false, audit: 'none' })
  t.equal(origins.get('log.level'), 'flag --log-level')
  t.equal(origins.get('log.subject'), 'environment COGATE_LOG_SUBJECT')
  t.equal(origins.get('log.access'), 'cogate.yaml:2:45')
  t.equal(origins.get('listen'), 'cogate.yaml:3:9')
  t.equal(origins.get('ops.listen'), 'default')
})

t.test('a list of mappings is replaced as a whole', async (t) => {
  const yaml = `${POOL}routes: [{ path: /a, auth: none }, { path: /b }]`
  const { config, origins } = load({ yaml, env: { COGATE_ROUTES: '[{ path: /c }]' } })
  t.strictSame(config.routes, [{ path: '/c', auth: 'required', mode: 'enforce', paths: { allow: [] } }])
  t.equal(origins.get('routes[0].path'), 'environment COGATE_ROUTES')
  t.equal(origins.get('routes[0].auth'), 'default')
  t.notOk(origins.has('routes[1].path'))
})

t.test('an empty header table replaces the preset, no table does not', async (t) => {
  t.strictSame(load({ yaml: `${POOL}identityHeaders: { set: [] }` }).config.identityHeaders.set, [])
  t.equal(load({ yaml: POOL }).config.identityHeaders.set, undefined)
})

t.test('the user pool variables set fields of the only pool of the file', async (t) => {
  const env = { COGATE_CLIENT_ID: 'a,b', COGATE_USER_POOL_TOKEN_USE: 'id' }
  const { config } = load({ yaml: POOL, env, argv: ['--user-pool-id', 'us-east-1_X'] })
  t.match(config.userPools, [{ id: 'us-east-1_X', clientIds: ['a', 'b'], tokenUse: ['id'] }])
})

t.test('the user pool variables do not guess which of two pools is meant', async (t) => {
  const yaml = 'userPools: [{ id: eu-west-1_a, clientIds: [a] }, { id: eu-west-1_b, clientIds: [b] }]'
  const issues = issuesOf({ yaml, env: { COGATE_CLIENT_ID: 'c' } })
  t.match(issues, [{ key: 'userPools[0].clientIds', source: 'environment COGATE_CLIENT_ID', found: 'c' }])
})

t.test('the result is frozen through and through', async (t) => {
  const { config } = load({ yaml: EVERYTHING, files: { '/run/value': 'a' } })
  t.throws(() => Object.assign(config.log, { level: 'trace' }), TypeError)
  t.throws(() => (config.userPools as unknown[]).push({}), TypeError)
  t.throws(() => Object.assign(config.routes[0] ?? {}, { auth: 'none' }), TypeError)
})

t.test('all mistakes of all sources are reported at once', async (t) => {
  const yaml = 'listen: 8181\nuserPools: [{ id: nonsense }]\nroutes: [{ path: admin }]\n'
  const issues = issuesOf({ yaml, env: { COGATE_LOG_LEVEL: 'loud', COGATE_NONSENSE: '1' }, argv: ['--nonsense'] })
  t.same(
    issues.map(({ key, source }) => `${key} ${source}`),
    [
      '--nonsense flag --nonsense',
      'COGATE_NONSENSE environment COGATE_NONSENSE',
      'listen cogate.yaml:1:9',
      'log.level environment COGATE_LOG_LEVEL',
      'userPools[0].id cogate.yaml:2:19',
      'userPools[0].clientIds cogate.yaml:2:13',
      'routes[0].path cogate.yaml:3:18',
    ],
  )
})

t.test('COGATE_CONFIG names the file like --config, and --config wins', async (t) => {
  const files = { 'a.yaml': `${POOL}log: { level: warn }`, 'b.yaml': `${POOL}log: { level: error }` }
  const env = { COGATE_CONFIG: 'a.yaml' }
  t.equal(load({ env, files }).config.log.level, 'warn')
  t.equal(load({ env, files, argv: ['--config', 'b.yaml'] }).config.log.level, 'error')
})

t.test('the default reader takes files from the disk', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cogate-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'cogate.yaml')
  writeFileSync(file, POOL)
  t.strictSame(loadConfig({ argv: ['--config', file], env: {} }).config, DEFAULTS)
  writeFileSync(file, Buffer.from([0x61, 0x3a, 0x20, 0xff]))
  t.throws(() => loadConfig({ argv: ['--config', file], env: {} }), ConfigError)
})
