/**
 * The requests gunicorn's parser is tested with, through the real process. A green run proves that what gunicorn takes
 * for invalid is refused, that what it takes for valid reaches the upstream with the same meaning, and that every
 * difference is one that test/cases/gunicorn-differences.json judges.
 */
import t, { type Test } from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { type GunicornCase, readGunicornCases } from '../helpers/gunicorn-cases.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { checkJudged, type Difference, readJudgements } from '../helpers/judged.ts'
import { type Meaning, meaningOf } from '../helpers/meaning.ts'
import { type Front, type Outcome, putThrough } from '../helpers/put-through.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../helpers/recording-upstream.ts'

/** Cases that end early are answered soon. */
const shortWaits = { COGATE_LIMITS_HEADERS_TIMEOUT: '1s', COGATE_LIMITS_REQUEST_TIMEOUT: '1s' }

interface Bench {
  readonly gate: Front
  /** Without a gate in front. */
  readonly plain: RecordingUpstream
}

async function startBench(t: Test): Promise<Bench> {
  const [issuer, upstream, plain] = await Promise.all([
    startTestIssuer(t),
    startRecordingUpstream(t),
    startRecordingUpstream(t),
  ])
  const routes = [{ path: '/*', auth: 'none' }]
  const { port } = await spawnGate(t, { issuer, upstream: upstream.url, routes, env: shortWaits })
  return { gate: { port, upstream }, plain }
}

async function runCase(t: Test, { gate, plain }: Bench, { id, verdict, raw }: GunicornCase): Promise<Difference[]> {
  const meant = await readPlainly(plain, raw)
  const outcome = await putThrough(gate, { bytes: raw, expectResponses: Math.max(meant.length, 1) })
  const forwarded = outcome.requests.filter(({ complete }) => complete)
  t.same(outcome.faults, [], 'nothing but clear requests reaches the upstream')
  t.equal(outcome.statuses.length, Math.max(forwarded.length, 1), 'every request is answered once, every refusal said')
  if (forwarded.length === 0) return verdict === 'valid' ? [{ id, differs: describeRefusal(t, outcome) }] : []
  t.same(forwarded.map(meaningOf), meant, 'the upstream reads what it reads without the gate')
  return verdict === 'valid' ? [] : [{ id, differs: 'forwarded' }]
}

function describeRefusal(t: Test, { reasons }: Outcome): string {
  t.equal(reasons.length, 1)
  return `refused: ${reasons.join()}`
}

/** The recorder reads HTTP/1.1 alone; it goes on reading where a connection would have ended. */
async function readPlainly(upstream: RecordingUpstream, raw: string): Promise<readonly Meaning[]> {
  const before = upstream.requests.length
  const lines = raw.replace(
    / HTTP\/1\.0\r\n/g,
    keepsAlive(raw) ? ' HTTP/1.1\r\n' : ' HTTP/1.1\r\nConnection: close\r\n',
  )
  await sendRaw({ port: Number(new URL(upstream.url).port), bytes: lines, halfClose: true })
  const requests = upstream.requests.slice(before)
  const last = requests.findIndex(({ headers }) => headers['connection']?.some((value) => /close/i.test(value)))
  return (last === -1 ? requests : requests.slice(0, last + 1)).map(meaningOf)
}

function keepsAlive(raw: string): boolean {
  return /^connection: *keep-alive/im.test(raw)
}

t.test('invalid requests are refused, valid ones arrive, and each difference is judged', async (t) => {
  const bench = await startBench(t)
  const differences: Difference[] = []
  for (const row of readGunicornCases()) {
    t.test(`${row.id} (${row.verdict})`, async (t) => {
      differences.push(...(await runCase(t, bench, row)))
    })
  }
  t.test('the differences are those of gunicorn-differences.json', async (t) => {
    checkJudged(t, differences, readJudgements('gunicorn-differences.json'))
  })
})
