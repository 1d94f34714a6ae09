import t from 'tap'
import { renderEffective, renderHelp } from '../../../src/config/render/describe.ts'
import { renderIssues } from '../../../src/config/render/issue-text.ts'
import type { Option } from '../../../src/config/table/option.ts'
import { flagNames, string } from '../../../src/config/table/option.ts'
import { compileTable } from '../../../src/config/table/option-table.ts'
import { OPTIONS } from '../../../src/config/table/options.ts'
import { createAuthority } from '../../helpers/certificates.ts'
import { issuesOf, load, POOL } from '../loading.ts'

const { cert, key } = createAuthority().issue('localhost')
const FILES = { '/tls.crt': cert, '/tls.key': key }

const YAML = `${POOL}listen: "[::1]:8443"
tls: { certFile: /tls.crt, keyFile: /tls.key }
upstream: { url: https://app, connectTimeout: 1500ms, tls: { serverName: app } }
routes: [{ path: /healthz, auth: none }, { path: /admin/*, groups: [admin, "a, b"] }]
identityHeaders: { set: [{ name: X-Groups, claim: "cognito:groups" }] }
limits: { body: 5MiB, connections: 9 }
forwarded: { trust: [10.0.0.0/8] }
`

t.test('help lists every flag with its type, default and meaning', async (t) => {
  const help = renderHelp()
  t.notMatch(help, /undefined/)
  for (const name of OPTIONS.flatMap(flagNames)) t.match(help, new RegExp(`^  .*${name}[, ]`, 'm'), name)
  t.match(help, '  --upstream-connect-timeout <duration> [5s]\n      Time to open a connection')
  t.match(help, '  --client-id, --user-pool-client-ids <list of string>\n')
  t.match(help, '  --config FILE')
  t.notMatch(help, /routes\[\]/)
  t.ok(
    help.split('\n').every((line) => line.length <= 120),
    'no line is longer than 120 columns',
  )
})

t.test('issues are one block each, with the line to write', async (t) => {
  const text = renderIssues(issuesOf({ yaml: `${POOL}drain: { delay: 5 }\nlog: { level: loud }` }))
  t.equal(
    text,
    `drain.delay  (cogate.yaml:2:17)
  found     5
  expected  a duration with its unit (ms, s, m, h, d), from 0s to 576h
  write     delay: 5s

log.level  (cogate.yaml:3:15)
  found     loud
  expected  one of trace, debug, info, warn, error, fatal, silent
  write     level: info
`,
  )
})

t.test('the effective configuration names every key, its value in units and where it came from', async (t) => {
  const { config, origins } = load({
    yaml: YAML,
    files: FILES,
    argv: ['--log-level', 'warn'],
    env: { COGATE_LOG_SUBJECT: 'none' },
  })
  const text = renderEffective(config, origins)
  const lines = [
    'listen: "[::1]:8443" # from cogate.yaml:2:9',
    '  connectTimeout: 1500ms # from cogate.yaml:4:47',
    '  responseTimeout: 30s # from default',
    '    # caFile: not set',
    '  body: 5MiB # from cogate.yaml:7:17',
    '  - id: eu-west-1_AbCdEfGhI # from cogate.yaml:1:19',
    '    tokenUse: [access] # from default',
    '  - path: /healthz # from cogate.yaml:5:18',
    '    groups: [admin, "a, b"] # from cogate.yaml:5:68',
    '    - name: X-Groups # from cogate.yaml:6:34',
    '  trust: [10.0.0.0/8] # from cogate.yaml:8:21',
    '  level: warn # from flag --log-level',
    '  subject: none # from environment COGATE_LOG_SUBJECT',
  ]
  for (const line of lines) t.ok(text.split('\n').includes(line), line)
})

t.test('a secret is redacted, and not made up when there is none', async (t) => {
  const { config } = load({ yaml: POOL })
  const secret = (path: string): Option => ({ path, type: string, doc: 'A secret.', secret: true })
  const table = compileTable([secret('upstream.url'), secret('jwks.snapshotFile')])
  const text = renderEffective(config, new Map(), table)
  t.equal(text, 'upstream:\n  url: (redacted)\n# jwks: not set\n')
})

t.test('of headers for the service the names are shown, and no value', async (t) => {
  const { config, origins } = load({ yaml: `${POOL}upstream: { headers: { X-Env: hunter2, X-B: [hunter2] } }` })
  const text = renderEffective(config, origins)
  t.match(text, '  headers: {X-Env: (redacted), X-B: (redacted)} # from cogate.yaml:2:')
  t.notMatch(text, 'hunter2')
})

const RATES = 'rateLimit: { perSubject: 50/s, perAddress: 600/m, burst: 9 }\nlimits: { eventLoopDelay: none }'

t.test('the effective configuration loads to the same configuration', async (t) => {
  for (const yaml of [POOL, YAML, `${POOL}identityHeaders: { set: [] }`, `${POOL}${RATES}`]) {
    const { config, origins } = load({ yaml, files: FILES })
    const again = load({ yaml: renderEffective(config, origins), files: FILES })
    t.strictSame(again.config, config)
  }
})
