/**
 * Attack: requests whose line, Host, names, lengths, codings and chunks are almost right, through the real process. A green
 * run proves that what RFC 9110 and RFC 9112 call invalid is refused, that what they call valid reaches the service with
 * the same meaning, and that every difference is judged. Where the requests of gunicorn's own tests lie beside this
 * checkout, they run too.
 */
import t, { type Test } from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { checkJudged, type Difference, readJudgements } from '../helpers/judged.ts'
import { type Meaning, meaningOf } from '../helpers/meaning.ts'
import { withOtherCases } from '../helpers/other-cases.ts'
import { type Front, type Outcome, putThrough } from '../helpers/put-through.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../helpers/recording-upstream.ts'
import {
  giveHost,
  type OtherRequestForm,
  otherRequestsFile,
  type RequestForm,
  readRequestForms,
} from '../helpers/request-forms.ts'

/** Cases that end early are answered soon. */
const shortWaits = { COGATE_LIMITS_HEADERS_TIMEOUT: '1s', COGATE_LIMITS_BODY_IDLE: '1s' }

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

/** `forwarded`, or `refused` and the reason. */
async function runForm(t: Test, bench: Bench, { raw, plain = raw }: RequestForm): Promise<string> {
  const meant = await readPlainly(bench.plain, plain)
  const outcome = await putThrough(bench.gate, { bytes: raw, expectResponses: Math.max(meant.length, 1) })
  const forwarded = outcome.requests.filter(({ complete }) => complete)
  t.same(outcome.faults, [], 'nothing but clear requests reaches the upstream')
  t.equal(outcome.statuses.length, Math.max(forwarded.length, 1), 'every request is answered once, every refusal said')
  if (forwarded.length === 0) return describeRefusal(t, outcome)
  t.same(forwarded.map(meaningOf), meant, 'the upstream reads what it reads without the gate')
  return 'forwarded'
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

const bench = await startBench(t)

t.test('every case of request-forms.jsonl is forwarded or refused as its row says', async (t) => {
  for (const form of readRequestForms()) {
    t.test(`${form.id} ${form.name}`, async (t) => {
      const seen = await runForm(t, bench, form)
      t.equal(seen, form.expected === 'forwarded' ? form.expected : `refused: ${form.expected}`)
    })
  }
})

t.test(`what ${otherRequestsFile} calls invalid is refused, what it calls valid arrives, or it is judged`, (t) =>
  withOtherCases<OtherRequestForm>(t, otherRequestsFile, async (rows) => {
    const differences: Difference[] = []
    for (const row of rows.map(giveHost)) {
      await t.test(`${row.id} (${row.verdict})`, async (t) => {
        const seen = await runForm(t, bench, row)
        const isExpected = (seen === 'forwarded') === (row.verdict === 'valid')
        if (!isExpected) differences.push({ id: row.id, differs: seen })
      })
    }
    checkJudged(t, differences, readJudgements('other-requests-differences.json'))
  }),
)
