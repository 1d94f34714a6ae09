/**
 * From values to the configuration that the gate reads: nothing is lost, nothing is changed, and secrets arrive as files.
 */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { renderValuesSchema } from '../../scripts/describe-values.ts'
import { loadConfig } from '../../src/config/load.ts'
import { envNames } from '../../src/config/table/option.ts'
import { OPTIONS } from '../../src/config/table/options.ts'
import { createAuthority } from '../helpers/certificates.ts'
import { chart, type Manifest, pick, render } from '../helpers/helm.ts'
import { skipKube } from '../helpers/kube-tools.ts'
import { configMapsOf, layOut, type Objects } from '../helpers/pods.ts'

const skip = skipKube
const minimal = [`${chart}/ci/minimal-values.yaml`]
const authority = createAuthority()
const served = authority.issue('gate.test')
/** What the value files expect to exist in the cluster. */
const existing: Objects = {
  cogate: {
    'client-secret': 'a secret of the app client',
    'session-secrets': 'a random text of 32 characters or more\nanother random text of 32 characters\n',
    'redis-url': 'rediss://cogate:password@redis.test:6379/0',
  },
  'gate-tls': { 'tls.crt': served.cert, 'tls.key': served.key, 'ca.crt': authority.ca },
  'internal-ca': { 'ca.crt': authority.ca },
}

function configure(t: Test, manifests: readonly Manifest[]) {
  const { spec } = pick(manifests, 'Deployment').spec.template
  const objects = { ...existing, ...configMapsOf(manifests) }
  const { env } = layOut(t, { spec, container: spec.containers[0], objects })
  return loadConfig({ argv: [], env }).config
}

for (const file of globSync(`${chart}/ci/*-values.yaml`).filter((each) => !each.includes('sidecar'))) {
  t.test(`${basename(file)}: the gate takes the configuration that comes out`, { skip }, async (t) => {
    const manifests = render({ files: [file] })
    const config = configure(t, manifests)
    const written = parse(pick(manifests, 'ConfigMap').data['cogate.yaml'])
    const { config: values, tls } = parse(readFileSync(file, 'utf8'))
    t.same({ ...written, ...(tls && { tls: undefined }) }, { ...values, ...(tls && { tls: undefined }) })
    const { template } = pick(manifests, 'Deployment').spec
    const [{ ports, lifecycle }] = template.spec.containers
    t.same(
      ports.map(({ containerPort }: { containerPort: number }) => containerPort),
      [config.listen.port, config.ops.listen.port],
    )
    const preStopMs = (lifecycle?.preStop.sleep.seconds ?? 0) * 1000
    const { delayMs, timeoutMs } = config.drain
    t.ok(preStopMs + delayMs + timeoutMs < template.spec.terminationGracePeriodSeconds * 1000)
  })
}

t.test('secrets come from the Secret that is named, and only the keys that are named', { skip }, async (t) => {
  const manifests = render({ files: [`${chart}/ci/login-redis-values.yaml`] })
  const { login, session } = configure(t, manifests)
  t.equal(login?.clientSecret, 'a secret of the app client')
  t.same(session.secrets, ['a random text of 32 characters or more', 'another random text of 32 characters'])
  t.equal(session.redis.url, 'rediss://cogate:password@redis.test:6379/0')
  const { spec } = pick(manifests, 'Deployment').spec.template
  const container = spec.containers[0]
  const objects = { ...existing, ...configMapsOf(manifests), cogate: {} }
  t.throws(() => layOut(t, { spec, container, objects }), /no key client-secret in cogate/)
})

t.test('every secret of the table can come from the Secret, under the name of its variable', { skip }, async (t) => {
  // A secret in a list is set with the whole list, which has no file.
  const secrets = OPTIONS.filter((option) => option.secret && envNames(option).length > 0)
  t.ok(secrets.length >= 4)
  const keys = Object.fromEntries(secrets.map(({ path }) => [path, 'key']))
  const all = render({ files: minimal, values: { existingSecret: { name: 'a', keys } } })
  const { env } = pick(all, 'Deployment').spec.template.spec.containers[0]
  const names = env.map(({ name }: { name: string }) => name)
  const expected = ['COGATE_CONFIG', ...secrets.map((option) => `${envNames(option)[0]}_FILE`)]
  t.same(names.toSorted(), expected.toSorted())
})

t.test('no secret of the table can be in the values', async (t) => {
  const text = JSON.stringify(renderValuesSchema().properties)
  for (const option of OPTIONS.filter(({ secret }) => secret)) {
    if (envNames(option).length > 0) t.match(text, `"${option.path}":`)
  }
  const { config } = renderValuesSchema().properties as { config: { properties: Record<string, object> } }
  for (const name of ['clientSecret', 'secrets', '"headers"'])
    t.notMatch(JSON.stringify(config.properties['login']), name)
})

t.test('the default drain of the chart is that of cogate', async (t) => {
  const { drain, listen, ops } = loadConfig({
    argv: [],
    env: { COGATE_USER_POOL_ID: 'eu-west-1_A', COGATE_CLIENT_ID: 'a', COGATE_UPSTREAM: 'http://a' },
  }).config
  const checks = readFileSync(`${chart}/templates/_checks.tpl`, 'utf8')
  t.match(checks, `get $drain "delay" | default "${drain.delayMs / 1000}s"`)
  t.match(checks, `get $drain "timeout" | default "${drain.timeoutMs / 1000}s"`)
  const ports = readFileSync(`${chart}/templates/_config.tpl`, 'utf8')
  t.match(ports, `"default" "${listen.port}" "key" "config.listen"`)
  t.match(ports, `"default" "${ops.listen.port}" "key" "config.ops.listen"`)
})

/** Texts that readers of YAML take for something else, and characters that end one. */
const oddTexts = [
  ...[
    'yes',
    'no',
    'on',
    'off',
    'y',
    'n',
    'null',
    '~',
    'true',
    'False',
    'NaN',
    '.inf',
    '1',
    '01',
    '0x10',
    '0o14',
    '1e5',
  ],
  ...[
    '1_000',
    '190:20:30',
    '2024-01-01',
    '1.0',
    '-1',
    '+1',
    '=',
    '<<',
    '*a',
    '&a',
    '!a',
    '%a',
    '@a',
    '`a',
    '- a',
    '? a',
  ],
  ...[
    'a: b',
    'a #b',
    '#a',
    '"a"',
    "'a'",
    '{a}',
    '[a]',
    '{{ .Values }}',
    '{{- fail "x" }}',
    '$(HOME)',
    '\\n',
    'a\\',
    '日本',
    '…',
  ],
  ...['é', '\u{1f600}', '|', '>', ',', 'a,b', 'x'.repeat(300), `${'word '.repeat(60)}end`],
]

t.test('a text arrives as it was written, whatever YAML could take it for', { skip }, async (t) => {
  const config = { routes: [{ path: '/a', groups: oddTexts }], cors: { preflight: 'pass' } }
  const written = parse(pick(render({ files: minimal, values: { config } }), 'ConfigMap').data['cogate.yaml'])
  t.same(written.routes[0].groups, oddTexts)
  t.same(configure(t, render({ files: minimal, values: { config } })).routes[0]?.groups, oddTexts)
})

t.test('a large number stays one', { skip }, async (t) => {
  const config = { limits: { connections: 1_000_000_000 }, tokenCache: { maxEntries: 1_234_567 } }
  const { limits, tokenCache } = configure(t, render({ files: minimal, values: { config } }))
  t.equal(limits.connections, 1_000_000_000)
  t.equal(tokenCache.maxEntries, 1_234_567)
})
