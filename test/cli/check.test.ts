/** `cogate check`: prints the configuration with its sources, then its findings about keys and upstream. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { countProcessors } from '../../src/process/workers/processors.ts'
import { type CogateRun, runCogate } from '../helpers/cogate-process.ts'
import { type Issuer, startScriptedJwks, startTestIssuer } from '../helpers/issuer.ts'
import { keySetBytes, makePublishedKey } from '../helpers/key-sets.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startUpstream } from '../helpers/upstream.ts'

const poolId = 'eu-west-1_AbCdEfGhI'
const clientId = '7h57kf5cf8b6sl9rexample'
const nowhere = 'http://127.0.0.1:1'

/** A pool whose keys are fetched from `jwksUri`. */
function variables(jwksUri: string, upstream: string): Record<string, string> {
  return {
    COGATE_USER_POOL_ID: poolId,
    COGATE_CLIENT_ID: clientId,
    COGATE_USER_POOL_JWKS_URI: jwksUri,
    COGATE_UPSTREAM: upstream,
    COGATE_LISTEN: '127.0.0.1:0',
    COGATE_OPS_LISTEN: '127.0.0.1:0',
  }
}

const limits = ['ok', 'limits: tokens of up to 8 KiB, heads of up to 32 KiB'] as const

/** What is said of a key endpoint that answers: the time differs from run to run. */
function endpointsOf(uri: string, keys: string): readonly (readonly [verdict: string, text: string | RegExp])[] {
  const { host } = new URL(uri)
  return [
    ['ok', new RegExp(`^key endpoint ${host} of ${poolId}: ${keys} \\(\\S+, \\S+\\), in \\d+ ms$`)],
    ['ok', `clock: agrees with ${host} to 5 s`],
  ]
}

/** `ok` or `FAILED` and the text of each finding, in the order in which they were printed. */
function findings({ stdout }: CogateRun): readonly (readonly [verdict: string, text: string])[] {
  return [...stdout.matchAll(/^(ok|FAILED) {2}(.+)$/gm)].map(([, verdict = '', text = '']) => [verdict, text] as const)
}

function effective({ stdout }: CogateRun): string {
  return stdout.replaceAll(/^(?:ok|FAILED) {2}.*\n/gm, '')
}

let issuer: Issuer
t.before(async () => {
  issuer = await startTestIssuer(t)
})

t.test('says ok to keys and upstream that can be reached, and exits 0', async (t) => {
  const upstream = await startUpstream(t)
  const env = { ...variables(issuer.jwksUri, upstream.url), COGATE_ROUTES: '[{path: /healthz, auth: none}]' }
  const run = await runCogate(t, ['check'], { env })
  t.equal(run.code, 0)
  t.equal(run.stderr, '')
  const wanted = [
    ['ok', 'routes: 1 rule; without a rule a verified token is required'],
    ['ok', `user pool ${poolId}: 2 keys`],
    ...endpointsOf(issuer.jwksUri, '2 keys'),
    limits,
    ['ok', `upstream ${upstream.url}: answered GET / with 200`],
  ]
  t.match(findings(run), wanted)
  t.equal(findings(run).length, wanted.length)
  t.match(upstream.requests, [{ method: 'GET', url: '/' }])
  t.notMatch(upstream.requests[0]?.headers, { authorization: /./ })
})

t.test('says how many workers auto stands for', async (t) => {
  const env = { ...variables(nowhere, nowhere), COGATE_WORKERS: 'auto' }
  const run = await runCogate(t, ['check', '--offline'], { env })
  t.equal(run.code, 0)
  t.match(effective(run), /^workers: auto # from environment COGATE_WORKERS$/m)
  t.same(findings(run)[1], ['ok', `workers: auto, which is ${countProcessors()} here`])
})

t.test('prints every value with where it came from: default, file, environment, flag', async (t) => {
  const cwd = t.testdir({
    'cogate.yaml': [
      'upstream:',
      '  url: http://127.0.0.1:7001',
      '  connectTimeout: 1s',
      'log: { level: warn }',
      'userPools:',
      `  - id: ${poolId}`,
      `    clientIds: [fromthefile]`,
    ].join('\n'),
  })
  const env = { COGATE_LOG_LEVEL: 'error', COGATE_UPSTREAM: 'http://127.0.0.1:7002', COGATE_CONFIG: 'absent.yaml' }
  const argv = ['check', '--offline', '--config', 'cogate.yaml', '--upstream-url', 'http://127.0.0.1:7003']
  const run = await runCogate(t, argv, { cwd, env })
  t.equal(run.code, 0)
  t.match(run.stdout, /^ {2}url: http:\/\/127\.0\.0\.1:7003 # from flag --upstream-url$/m)
  t.match(run.stdout, /^ {2}level: error # from environment COGATE_LOG_LEVEL$/m)
  t.match(run.stdout, /^ {2}connectTimeout: 1s # from cogate\.yaml:3:19$/m)
  t.match(run.stdout, /^ {4}clientIds: \[fromthefile\] # from cogate\.yaml:7:16$/m)
  t.match(run.stdout, /^ {2}responseTimeout: 30s # from default$/m)
})

t.test('what it prints is a configuration file that means the same', async (t) => {
  const env = {
    ...variables(`${nowhere}/jwks.json`, nowhere),
    COGATE_ROUTES: '[{path: /admin/*, groups: [admin], methods: [GET]}, {path: /healthz, auth: none}]',
    COGATE_FORWARDED_TRUST: '10.0.0.0/8,192.0.2.1',
    COGATE_LIMITS_BODY: '1GiB',
  }
  const first = await runCogate(t, ['check', '--offline'], { env })
  t.equal(first.code, 0)
  const cwd = t.testdir({})
  writeFileSync(join(cwd, 'printed.yaml'), effective(first))
  const second = await runCogate(t, ['check', '--offline', '--config', 'printed.yaml'], { cwd })
  t.equal(second.code, 0, second.stderr)
  t.same(parse(effective(second)), parse(effective(first)))
})

t.test('an upstream that refuses connections is FAILED with the reason, and the exit code is 1', async (t) => {
  const run = await runCogate(t, ['check'], { env: variables(issuer.jwksUri, nowhere) })
  t.equal(run.code, 1)
  const wanted = [
    ['ok', `user pool ${poolId}: 2 keys`],
    ...endpointsOf(issuer.jwksUri, '2 keys'),
    limits,
    ['FAILED', `upstream ${nowhere}: connect ECONNREFUSED 127.0.0.1:1; is the service up, and is the address right?`],
  ]
  t.match(findings(run).slice(1), wanted)
  t.equal(findings(run).length, 1 + wanted.length)
})

t.test('keys that cannot be reached are FAILED with the address and the reason, and the exit code is 1', async (t) => {
  const upstream = await startUpstream(t)
  const run = await runCogate(t, ['check'], { env: variables(`${nowhere}/jwks.json`, upstream.url) })
  t.equal(run.code, 1)
  t.same(findings(run).slice(1), [
    ['FAILED', `user pool ${poolId}: 127.0.0.1:1/jwks.json: fetch failed with ECONNREFUSED`],
    ['FAILED', `key endpoint 127.0.0.1:1 of ${poolId}: ECONNREFUSED`],
    limits,
    ['ok', `upstream ${upstream.url}: answered GET / with 200`],
  ])
})

for (const [mode, reason] of [
  ['hang', 'no complete answer within 200 ms'],
  ['html', 'the key set is not JSON'],
  ['redirect', 'answered with status 302'],
  [{ status: 403 }, 'answered with status 403'],
] as const) {
  t.test(`a key endpoint that answers ${JSON.stringify(mode)} is FAILED: ${reason}`, async (t) => {
    const jwks = await startScriptedJwks(t)
    await jwks.setMode(mode)
    const env = { ...variables(jwks.uri, nowhere), COGATE_JWKS_TIMEOUT: '200ms' }
    const run = await runCogate(t, ['check'], { env })
    t.equal(run.code, 1)
    const [verdict, text] = findings(run)[1] ?? []
    t.equal(verdict, 'FAILED')
    t.match(text, reason)
  })
}

t.test('a key that is left out of a good set is named', async (t) => {
  const jwks = await startScriptedJwks(t, { keys: [makePublishedKey('good'), { kid: 'odd', kty: 'EC' }] })
  const run = await runCogate(t, ['check'], { env: variables(jwks.uri, nowhere) })
  t.match(findings(run)[1], ['ok', `user pool ${poolId}: 1 key; left out: `])
  t.match(findings(run)[1]?.[1], '"odd": kty is not RSA')
})

t.test('each user pool has a finding of its own', async (t) => {
  const pools = [
    { id: poolId, clientIds: [clientId], jwksUri: issuer.jwksUri },
    { id: 'eu-west-1_Unreached', clientIds: [clientId], jwksUri: `${nowhere}/jwks.json` },
  ]
  const env = { COGATE_USER_POOLS: JSON.stringify(pools), COGATE_UPSTREAM: nowhere }
  const run = await runCogate(t, ['check'], { env })
  t.equal(run.code, 1)
  t.match(findings(run).slice(1, 3), [
    ['ok', `user pool ${poolId}: 2 keys`],
    ['FAILED', 'user pool eu-west-1_Unreached: '],
  ])
})

t.test('--offline connects to nothing and exits 0, in front of the options or behind them', async (t) => {
  const jwks = await startScriptedJwks(t)
  let connections = 0
  const { port } = await listenOnLoopback(
    t,
    createServer(() => {
      connections += 1
    }),
  )
  const env = variables(jwks.uri, `http://127.0.0.1:${port}`)
  for (const argv of [
    ['check', '--offline', '--log-level', 'warn'],
    ['check', '--log-level', 'warn', '--offline'],
  ]) {
    const run = await runCogate(t, argv, { env })
    t.equal(run.code, 0)
    t.same(
      findings(run).map(([, text]) => text.split(':')[0]),
      ['routes'],
    )
  }
  t.same([jwks.fetches, connections], [0, 0])
})

t.test('pinned keys are looked at offline too', async (t) => {
  const weak = makePublishedKey('weak', 1024)
  const cwd = t.testdir({
    'good.json': Buffer.from(keySetBytes(makePublishedKey('pinned'))),
    'bad.json': Buffer.from(keySetBytes(weak)),
  })
  const env = { COGATE_USER_POOL_ID: poolId, COGATE_CLIENT_ID: clientId }
  const good = await runCogate(t, ['check', '--offline', '--user-pool-jwks-file', 'good.json'], { cwd, env })
  t.equal(good.code, 0)
  t.same(findings(good).at(-1), ['ok', `user pool ${poolId}: 1 key`])
  const bad = await runCogate(t, ['check', '--offline', '--user-pool-jwks-file', 'bad.json'], { cwd, env })
  t.equal(bad.code, 1)
  t.match(findings(bad).at(-1), ['FAILED', /^user pool \S+: bad\.json: .*2048/])
})

/** Has an earlier check write a key snapshot. */
async function writeSnapshot(t: Test, file: string): Promise<void> {
  const env = { ...variables(issuer.jwksUri, nowhere), COGATE_JWKS_SNAPSHOT_FILE: file }
  const run = await runCogate(t, ['check'], { env })
  t.same(findings(run)[2], ['ok', `key snapshot ${file}: usable`])
}

t.test('keys that only a snapshot still holds are FAILED, for they were not fetched', async (t) => {
  const file = join(t.testdir({}), 'snapshot.json')
  await writeSnapshot(t, file)
  const env = { ...variables(`${nowhere}/jwks.json`, nowhere), COGATE_JWKS_SNAPSHOT_FILE: file }
  const run = await runCogate(t, ['check'], { env })
  t.equal(run.code, 1)
  t.match(findings(run).slice(1, 3), [
    ['FAILED', /ECONNREFUSED; a start would use 2 keys of the snapshot$/],
    ['ok', `key snapshot ${file}: usable`],
  ])
})

t.test('a snapshot file that cannot be written or read is FAILED', async (t) => {
  const upstream = await startUpstream(t)
  const dir = t.testdir({ 'broken.json': '{', folder: {} })
  for (const [name, reason] of [
    ['absent/snapshot.json', /ENOENT/],
    ['broken.json', /JSON/],
    ['folder', /EISDIR/],
  ] as const) {
    const file = join(dir, name)
    const env = { ...variables(issuer.jwksUri, upstream.url), COGATE_JWKS_SNAPSHOT_FILE: file }
    const run = await runCogate(t, ['check'], { env })
    t.equal(run.code, 1, name)
    const [verdict, text = ''] = findings(run)[2] ?? []
    t.equal(verdict, 'FAILED', name)
    t.ok(text.startsWith(`key snapshot ${file}: `), name)
    t.match(text, reason)
  }
})

t.test('bad configuration exits 64 with the mistakes on stderr and nothing on stdout', async (t) => {
  const { code, stdout, stderr } = await runCogate(t, ['check'], { env: { COGATE_USER_POOL_ID: poolId } })
  t.equal(code, 64)
  t.equal(stdout, '')
  t.match(stderr, /^userPools\[0\]\.clientIds /m)
})

t.test('with --json mistakes in the configuration are a document too, without secrets, beside the text', async (t) => {
  const cwd = t.testdir({ 'cogate.yaml': 'session: { secrets: [hunter2] }\nlisten: here\n' })
  const run = await runCogate(t, ['check', '--json', '--config', 'cogate.yaml'], { cwd })
  t.equal(run.code, 64)
  const { ok, findings, issues } = JSON.parse(run.stdout)
  t.same({ ok, findings }, { ok: false, findings: [] })
  t.match(issues, [
    { key: 'listen', source: 'cogate.yaml:2:9', found: 'here', expected: /address/, fix: /^listen: / },
    { key: 'userPools', source: 'not set' },
  ])
  t.match(run.stderr, /^listen {2}\(cogate\.yaml:2:9\)$/m)
  t.notMatch(run.stdout + run.stderr, 'hunter2')
})

t.test('rules that shadow one another exit 64', async (t) => {
  const env = {
    ...variables(`${nowhere}/jwks.json`, nowhere),
    COGATE_ROUTES: '[{path: /a, groups: [x]}, {path: /A, groups: [y]}]',
  }
  const { code, stdout, stderr } = await runCogate(t, ['check', '--offline'], { env })
  t.equal(code, 64)
  t.equal(stdout, '')
  t.match(stderr, /^routes\[1\]\.path /m)
})

for (const argv of [['--offlin'], ['--offline=true'], ['--offline', 'now'], ['--jsn']]) {
  t.test(`cogate check ${argv.join(' ')} exits 64 and names the argument`, async (t) => {
    const { code, stderr } = await runCogate(t, ['check', ...argv], { env: variables(`${nowhere}/x`, nowhere) })
    t.equal(code, 64)
    t.match(stderr, argv.at(-1)?.replace('=true', ''))
  })
}
