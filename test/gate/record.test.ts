import t from 'tap'
import type { Config } from '../../src/config/config.ts'
import type { Allow, Refusal } from '../../src/decide/decision.ts'
import { compileRoute } from '../../src/decide/route.ts'
import { type ExchangeRecord, record } from '../../src/gate/record.ts'
import { createRegistry } from '../../src/ops/exposition/registry.ts'
import { createLogger } from '../../src/ops/log.ts'
import { Metrics } from '../../src/ops/metrics.ts'
import { createCaller } from '../helpers/caller.ts'
import { rule } from '../helpers/rules.ts'

const route = compileRoute(rule('/admin/*'))
const caller = createCaller({ sub: 'alice', client_id: 'c1' })
const allow: Allow = { kind: 'allow', route, caller: undefined, reported: undefined }
const refuse: Refusal = { kind: 'refuse', reason: 'token_missing', route, caller: undefined }

const base: ExchangeRecord = {
  requestId: 'id-1',
  method: 'GET',
  url: '/admin/x?token=s3cret',
  address: '192.0.2.7',
  client: undefined,
  decision: allow,
  failure: undefined,
  status: 200,
  durationMs: 12.34567,
  upstreamMs: undefined,
  aborted: false,
}

async function recordOne(changes: Partial<ExchangeRecord>, config: Partial<Config['log']> = {}) {
  const lines: string[] = []
  const settings = { level: 'info', access: true, subject: 'plain', ...config } as const
  const metrics = new Metrics()
  const log = createLogger(settings, { write: (line) => void lines.push(line) })
  record({ metrics, accessLog: settings.access ? log : undefined }, { ...base, ...changes })
  const text = await createRegistry(metrics, {
    cache: () => ({ hits: 0, misses: 0, evictions: 0, entries: 0 }),
    keys: () => [],
    inFlight: () => 0,
    waiting: () => 0,
    connections: () => [],
    revocations: () => undefined,
    loopDelayMs: () => undefined,
    version: '0',
  }).metrics()
  return {
    lines: lines.map((line) => JSON.parse(line)),
    /** The samples of one metric, without its name. */
    samples: (name: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith(`cogate_${name}`))
        .map((line) => line.slice(7 + name.length)),
  }
}

t.test('counts and logs the same route, outcome and reason', async (t) => {
  const internal = { decision: undefined, status: 500 }
  const cases: [Partial<ExchangeRecord>, string, string, string][] = [
    [{}, '/admin/*', 'allow', 'allowed'],
    [{ decision: { ...allow, reported: 'insufficient_group' } }, '/admin/*', 'report', 'insufficient_group'],
    [{ decision: refuse }, '/admin/*', 'challenge', 'token_missing'],
    [{ decision: { ...refuse, reason: 'insufficient_scope' } }, '/admin/*', 'deny', 'insufficient_scope'],
    [{ decision: { ...refuse, reason: 'path_ambiguous', route: undefined } }, 'none', 'deny', 'path_ambiguous'],
    [{ failure: 'upstream_timeout', status: 504 }, '/admin/*', 'fail', 'upstream_timeout'],
    [{ failure: 'request_too_large', status: 413 }, '/admin/*', 'deny', 'request_too_large'],
    [internal, 'none', 'fail', 'internal_error'],
  ]
  for (const [changes, label, outcome, reason] of cases) {
    const { lines, samples } = await recordOne(changes)
    t.strictSame(samples('decisions_total'), [`{route="${label}",outcome="${outcome}",reason="${reason}"} 1`])
    t.match(lines, [{ msg: 'access', route: label, outcome, reason }])
  }
})

t.test('logs what came over the wire, without query', async (t) => {
  const { lines } = await recordOne({ upstreamMs: 1.23456 })
  const { time, ...line } = lines[0]
  t.match(time, /^\d{4}-/)
  t.strictSame(line, {
    level: 'info',
    requestId: 'id-1',
    method: 'GET',
    path: '/admin/x',
    route: '/admin/*',
    outcome: 'allow',
    reason: 'allowed',
    status: 200,
    durationMs: 12.346,
    upstreamMs: 1.235,
    address: '192.0.2.7',
    msg: 'access',
  })
})

t.test('logs what the caller is called, and a caller that left', async (t) => {
  const decision = { ...allow, caller }
  t.match((await recordOne({ decision, aborted: true })).lines, [{ clientId: 'c1', sub: 'alice', aborted: true }])
  const unnamed = { ...decision, caller: createCaller({}, { loggedSubject: undefined }) }
  t.notOk('sub' in (await recordOne({ decision: unnamed })).lines[0])
})

t.test('logs no more of a path than is useful, and neither query nor fragment', async (t) => {
  for (const [url, path] of [
    ['/a#b?c', '/a'],
    ['?a', ''],
    [`/${'a'.repeat(9000)}`, `/${'a'.repeat(511)}`],
  ] as const) {
    t.equal((await recordOne({ url })).lines[0].path, path)
  }
})

t.test('logs nothing where access lines are off, and counts all the same', async (t) => {
  const { lines, samples } = await recordOne({}, { access: false })
  t.strictSame(lines, [])
  t.equal(samples('decisions_total').length, 1)
})

t.test('counts a verdict on a token, and nothing where no token was looked at', async (t) => {
  const verifications = async (changes: Partial<ExchangeRecord>) =>
    (await recordOne(changes)).samples('verifications_total')
  t.strictSame(await verifications({ decision: { ...allow, caller } }), ['{result="ok"} 1'])
  t.strictSame(await verifications({ decision: { ...refuse, reason: 'insufficient_group', caller } }), [
    '{result="ok"} 1',
  ])
  t.strictSame(await verifications({ decision: { ...refuse, reason: 'token_expired' } }), [
    '{result="token_expired"} 1',
  ])
  t.strictSame(await verifications({ decision: { ...refuse, reason: 'keys_unavailable' } }), [
    '{result="keys_unavailable"} 1',
  ])
  t.strictSame(await verifications({ decision: { ...allow, reported: 'signature_invalid' } }), [
    '{result="signature_invalid"} 1',
  ])
  t.strictSame(await verifications({}), [])
  t.strictSame(await verifications({ decision: refuse }), [])
  t.strictSame(await verifications({ decision: undefined }), [])
})

t.test('measures the whole exchange, and the upstream where it answered', async (t) => {
  const without = await recordOne({})
  t.strictSame(without.samples('request_duration_seconds_count'), ['{route="/admin/*",code_class="2xx"} 1'])
  t.strictSame(without.samples('upstream_duration_seconds_count'), [])
  const withUpstream = await recordOne({ upstreamMs: 250, durationMs: 500 })
  t.strictSame(withUpstream.samples('request_duration_seconds_sum'), ['{route="/admin/*",code_class="2xx"} 0.5'])
  t.strictSame(withUpstream.samples('upstream_duration_seconds_sum'), ['{route="/admin/*"} 0.25'])
})
