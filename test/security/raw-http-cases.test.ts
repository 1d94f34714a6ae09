/**
 * Requests as no client library would send them, byte for byte, to the real process: forged identity, smuggled and
 * malformed framing, ambiguous paths, limits. A green run proves that none of them reaches the upstream as another
 * request, under another name, or at all, and that the gate outlives them.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { expectationOf, type RawExpectation, type RawHttpCase, readRawHttpCases } from '../helpers/cases.ts'
import { type GateProcess, spawnGate } from '../helpers/gateway.ts'
import { type Issuer, startTestIssuer } from '../helpers/issuer.ts'
import { checkExpectation, checkInvariants, type Observation } from '../helpers/raw-expectations.ts'
import { parseResponses } from '../helpers/raw-response.ts'
import { type RawExchange, type RawResponse, sendRaw } from '../helpers/raw-socket.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../helpers/recording-upstream.ts'
import { checkLogged, checkNoToken, checkRefusal } from '../helpers/refusals.ts'

const routes = [
  { path: '/public/*', auth: 'none' },
  { path: '/admin/*', groups: ['admin'] },
]

/** RAW-220 expects 431 for a header block over 16 KiB; the default is 32 KiB. */
const strictLimits = { COGATE_LIMITS_HEADERS: '16KiB' }
/** Wide enough that rows about the number of headers are refused, or not, for that number alone. */
const wideLimits = { COGATE_LIMITS_HEADERS: '64KiB', COGATE_LIMITS_HEADER_COUNT: '4000' }

interface Bench {
  readonly gate: GateProcess
  readonly upstream: RecordingUpstream
  readonly token: string
  readonly refused: RawResponse[]
  /** Upstream requests that belong to a row or a fence. */
  accounted: number
}

const issuer = await startTestIssuer(t)

async function startBench(t: Test, issuer: Issuer, env: Readonly<Record<string, string>>): Promise<Bench> {
  const upstream = await startRecordingUpstream(t)
  const identity = { COGATE_IDENTITY_HEADERS_SET: JSON.stringify([{ name: 'X-User-Sub', claim: 'username' }]) }
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, routes, env: { ...identity, ...env } })
  return { gate, upstream, token: issuer.mintAccessToken({ groups: ['users'] }), refused: [], accounted: 0 }
}

type SendRow = (bench: Bench, row: RawHttpCase) => Promise<RawExchange>

async function runRow(t: Test, bench: Bench, row: RawHttpCase, send: SendRow = sendRow): Promise<void> {
  const { upstream } = bench
  const expected = expectationOf(row)
  const bytesBefore = upstream.byteCount
  const exchange = await send(bench, row)
  await passFence(t, bench, row.id)
  const requests = upstream.requests.slice(bench.accounted, -1)
  bench.accounted = upstream.requests.length
  const seen: Observation = { exchange, requests, upstreamBytes: upstream.bytesSince(bytesBefore) }
  checkInvariants(t, seen)
  checkExpectation(t, seen, expected)
  // An answer to HEAD has no body to look at.
  if (row.raw.startsWith('HEAD ')) return
  for (const response of exchange.responses.filter(({ status }) => status >= 400)) {
    checkRefusal(t, response)
    checkNoToken(t, JSON.stringify([response.rawHeaders, response.body.toString()]), [bench.token])
    bench.refused.push(response)
  }
}

function sendRow(bench: Bench, row: RawHttpCase): Promise<RawExchange> {
  const expected = expectationOf(row)
  const bodyAt = expected.no_placeholder_expansion_in_body ? row.raw.indexOf('\r\n\r\n') : row.raw.length
  return sendRaw({
    port: bench.gate.port,
    bytes: fillIn(bench, row.raw.slice(0, bodyAt)) + row.raw.slice(bodyAt),
    halfClose: expected.half_close ?? false,
    expectResponses: expected.responses?.length ?? 1,
  })
}

function fillIn({ gate, token }: Bench, text: string): string {
  return text.replaceAll('{{HOST}}', `127.0.0.1:${gate.port}`).replaceAll('{{TOKEN}}', token)
}

/** A good chunk first, so that head and chunk are upstream when the chunks of the row follow. */
async function sendBehindGoodChunk(bench: Bench, { raw }: RawHttpCase): Promise<RawExchange> {
  const bodyAt = raw.indexOf('\r\n\r\n') + 4
  const chunks: Buffer[] = []
  const socket = connect({ port: bench.gate.port, host: '127.0.0.1', noDelay: true })
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  const closed = once(socket, 'close')
  socket.write(`${fillIn(bench, raw.slice(0, bodyAt))}1\r\na\r\n`, 'latin1')
  await bench.upstream.received(bench.accounted + 1)
  socket.write(raw.slice(bodyAt), 'latin1')
  await closed
  const bytes = Buffer.concat(chunks)
  return {
    ...parseResponses(bytes, { ended: true }),
    raw: bytes,
    closed: true,
    errorCode: null,
    timedOut: false,
  }
}

/** A good request behind the row: what the row caused upstream has been caused when it is answered. */
async function passFence(t: Test, { gate, upstream, token }: Bench, id: string): Promise<void> {
  const target = `/fence/${id}`
  const url = `http://127.0.0.1:${gate.port}${target}`
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  await response.arrayBuffer()
  t.equal(response.status, 200, 'the gate serves the next request')
  t.match(upstream.requests.at(-1), { target, complete: true })
}

/** When all is over: no late request, no fault, and a process that is alive and kept the token to itself. */
async function closeBench(t: Test, bench: Bench): Promise<void> {
  const { gate, upstream, token, refused } = bench
  await passFence(t, bench, 'last')
  t.equal(upstream.requests.length, bench.accounted + 1, 'nothing reached the upstream late')
  t.same(upstream.faults, [], 'nothing but clear requests reached the upstream')
  await gate.logged(({ path }) => path === '/fence/last')
  checkLogged(t, refused, gate.lines)
  checkNoToken(t, JSON.stringify(gate.lines), [token])
  t.ok(process.kill(gate.pid, 0), 'the process is alive')
  t.equal(gate.stderr(), '')
}

t.test('every case of raw-http.jsonl meets its expectation', async (t) => {
  const bench = await startBench(t, issuer, strictLimits)
  for (const row of readRawHttpCases()) t.test(`${row.id} ${row.name}`, (t) => runRow(t, bench, row))
  t.test('the gate is alive, and nothing came late', (t) => closeBench(t, bench))
})

t.test('a chunk that breaks behind a forwarded one aborts the upstream request', async (t) => {
  const bench = await startBench(t, issuer, strictLimits)
  for (const row of readRawHttpCases().filter(({ group }) => group === 'framing-chunk')) {
    const expected: RawExpectation = { ...expectationOf(row), upstream: 'once', upstream_no_complete: true }
    t.test(`${row.id} ${row.name}`, (t) => runRow(t, bench, { ...row, expect: expected }, sendBehindGoodChunk))
  }
  t.test('the gate is alive, and nothing came late', (t) => closeBench(t, bench))
})

const isAboutCount = ({ id }: RawHttpCase) => ['RAW-222', 'RAW-224', 'RAW-228'].includes(id)

t.test(
  'thousands of headers are forwarded, the forged one among them dropped, where the limits allow them',
  async (t) => {
    const bench = await startBench(t, issuer, wideLimits)
    for (const row of readRawHttpCases().filter(isAboutCount)) {
      const expected: RawExpectation = { ...expectationOf(row), status: [200], upstream: 'once' }
      t.test(`${row.id} ${row.name}`, (t) => runRow(t, bench, { ...row, expect: expected }))
    }
    t.test('the gate is alive, and nothing came late', (t) => closeBench(t, bench))
  },
)
