/**
 * Tokens that one request is enough to judge, sent to the real process: forged, confused, malformed, expired, foreign,
 * and the good ones beside them. A green run proves that each is refused for its own reason, that the upstream never
 * hears of it, and that no token is in an answer or a log line.
 */
import t, { type Test } from 'tap'
import { reasons } from '../../src/reasons.ts'
import { type BuildContext, buildToken, makeCaseKeys } from '../helpers/build-jwt.ts'
import { caseEnvironment, caseIssuerOptions, publishPool, sendToken, startCaseGate } from '../helpers/case-gate.ts'
import { expectationOf, type JwtCase, readJwtCases } from '../helpers/cases.ts'
import { type GateProcess, spawnGate } from '../helpers/gateway.ts'
import { startScriptedJwks, startTestIssuer } from '../helpers/issuer.ts'
import { checkNoToken } from '../helpers/refusals.ts'
import { startRawUpstream, startUpstream, type Upstream } from '../helpers/upstream.ts'

const rows = readJwtCases('single')
const keys = makeCaseKeys()
const issuer = await startTestIssuer(t, caseIssuerOptions)
const defaultTokenBytes = 8 * 1024
const cooldownMs = 10_000
/** A row that may not cost a fetch says 50 ms; a busy machine gets ten times that, a fetch would take seconds. */
const promptlyMs = 500

const contextOf = (canaryPort: number): BuildContext => ({ keys, now: Math.floor(Date.now() / 1000), canaryPort })

interface Bench {
  readonly gate: GateProcess
  readonly upstream: Upstream
  readonly context: BuildContext
  readonly tokens: string[]
}

async function runRow(t: Test, { gate, upstream, context, tokens }: Bench, row: JwtCase): Promise<void> {
  const [verdict, ...conditions] = expectationOf(row).split('+')
  const token = buildToken(row.build, context)
  tokens.push(token)
  const path = `/case/${row.id}`
  const startedAt = performance.now()
  const actual = await sendToken(t, { gate, token, path })
  const elapsedMs = performance.now() - startedAt
  const calls = upstream.requests.filter(({ url }) => url === path).length
  t.same([actual, calls], verdict === 'accept' ? [200, 1] : [row.reason, 0])
  if (typeof actual === 'string') t.equal(verdict, `reject-${reasons[actual].status}`)
  if (conditions.includes('under-50ms')) t.ok(elapsedMs < promptlyMs, `${elapsedMs} ms`)
}

t.test('every token that one request judges meets its expectation', async (t) => {
  const startedAt = performance.now()
  const jwks = await startScriptedJwks(t, { keys: publishPool(keys) })
  const upstream = await startUpstream(t)
  const canary = await startRawUpstream(t, (socket) => socket.end())
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: caseEnvironment(jwks.uri) })
  const bench: Bench = { gate, upstream, context: contextOf(canary.port), tokens: [] }
  for (const row of rows) t.test(`${row.id} ${row.name}`, (t) => runRow(t, bench, row))
  t.test('nothing was fetched for a token, nothing was told, and the process is alive', async (t) => {
    t.equal(canary.connections, 0, 'no address in a token is ever visited')
    const good = buildToken({ alg: 'RS256', kid: 'k1', key: 'K1' }, bench.context)
    t.equal(await sendToken(t, { gate, token: good, path: '/last' }), 200)
    await gate.logged(({ path }) => path === '/last')
    checkNoToken(t, JSON.stringify(gate.lines), bench.tokens)
    const cooldowns = Math.ceil((performance.now() - startedAt) / cooldownMs)
    t.ok(jwks.fetches <= 2 + cooldowns, 'unknown kids cause one fetch a cooldown at most, beside that of the start')
    t.equal(gate.stderr(), '')
  })
})

t.test('tokens over the size limit are refused for what they are where the limit is raised', async (t) => {
  const env = { COGATE_LIMITS_TOKEN: '64KiB', COGATE_LIMITS_HEADERS: '128KiB' }
  const { upstream, send } = await startCaseGate(t, { issuer, keys, env })
  const tokens = rows.map(({ build }) => buildToken(build, contextOf(0)))
  const large = tokens.filter((token) => token.length > defaultTokenBytes)
  const verdicts = await Promise.all(large.map((token) => send(t, token)))
  t.same(verdicts.toSorted(), ['algorithm_not_allowed', 'key_unknown', 'signature_invalid'])
  t.equal(upstream.requests.length, 0)
})
