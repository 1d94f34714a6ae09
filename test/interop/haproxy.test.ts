/**
 * The same bytes to HAProxy and to a gate with a public rule, a recording upstream behind both: what one refuses, what
 * one forwards, and what the upstream reads. Every difference is judged in test/cases/haproxy-differences.json.
 */
import t, { type Test } from 'tap'
import { readRawHttpCases } from '../helpers/cases.ts'
import { spawnGate } from '../helpers/gateway.ts'
import { haproxyVersion, startHaproxy } from '../helpers/haproxy.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { checkJudged, type Difference, readJudgements } from '../helpers/judged.ts'
import { type Meaning, meaningOf } from '../helpers/meaning.ts'
import { withOtherCases } from '../helpers/other-cases.ts'
import { type Front, type Outcome, putThrough } from '../helpers/put-through.ts'
import { ofHttp1, startRecordingUpstream } from '../helpers/recording-upstream.ts'
import {
  giveHost,
  type OtherRequestForm,
  otherRequestsFile,
  type RequestForm,
  readRequestForms,
} from '../helpers/request-forms.ts'

interface Exchange {
  readonly id: string
  readonly bytes: string
  readonly expectResponses: number
  readonly timeoutMs: number
}

const shortWaits = { COGATE_LIMITS_HEADERS_TIMEOUT: '1s', COGATE_LIMITS_BODY_IDLE: '1s' }

/** Whether HAProxy has read the trailer before it forwards the head is a matter of time. */
const racy: ReadonlySet<string> = new Set(['REQ-252'])

function readOwn(): readonly RequestForm[] {
  const raw = readRawHttpCases().map(({ id, raw }) => ({
    id,
    raw: raw.replaceAll('{{HOST}}', 'service.test').replaceAll('{{TOKEN}}', 'token'),
  }))
  return [...raw, ...readRequestForms().filter(({ id }) => !racy.has(id))]
}

function toExchange({ id, raw }: RequestForm): Exchange {
  // Where fewer come, the wait is for a request that one of the two might still forward.
  const expectResponses = Math.max(raw.match(/ HTTP\/1\.[01]\r?\n/g)?.length ?? 0, 1)
  return { id, bytes: raw, expectResponses, timeoutMs: 3000 }
}

async function startGateFront(t: Test): Promise<Front> {
  const [issuer, upstream] = await Promise.all([startTestIssuer(t), startRecordingUpstream(t)])
  const routes = [{ path: '/*', auth: 'none' }]
  const { port } = await spawnGate(t, { issuer, upstream: upstream.url, routes, env: shortWaits })
  return { port, upstream }
}

async function startHaproxyFront(t: Test): Promise<Front> {
  const upstream = await startRecordingUpstream(t, { requestLine: ofHttp1 })
  return { port: await startHaproxy(t, upstream.url), upstream }
}

/** Undefined: both refuse, or the upstream reads the same. */
function compare(gate: Outcome, haproxy: Outcome): string | undefined {
  const [ours, theirs] = [gate, haproxy].map(meaningsOf)
  if (ours === undefined || theirs === undefined) return undefined
  if (haproxy.faults.length > 0) return `haproxy forwards what the upstream cannot read${whatWeDo(gate)}`
  if (ours.length === 0 && theirs.length === 0) return undefined
  if (ours.length === 0) return `haproxy forwards${whatWeDo(gate)}`
  if (theirs.length === 0) return `haproxy refuses${whatWeDo(gate)}`
  const parts = differingParts(ours, theirs)
  return parts.length === 0 ? undefined : `both forward, different in ${parts.join(', ')}`
}

function whatWeDo({ requests, reasons }: Outcome): string {
  if (requests.some(({ complete }) => complete)) return ', cogate forwards'
  return `, cogate refuses: ${reasons.join() || 'connection closed'}`
}

function meaningsOf({ requests }: Outcome): readonly Meaning[] {
  return requests.filter(({ complete }) => complete).map(meaningOf)
}

function differingParts(ours: readonly Meaning[], theirs: readonly Meaning[]): readonly string[] {
  if (ours.length !== theirs.length) return ['number']
  const parts = ours.flatMap((request, index) => differingPartsOf(request, theirs[index] ?? request))
  return [...new Set(parts)].toSorted()
}

function differingPartsOf(ours: Meaning, theirs: Meaning): readonly string[] {
  const names = new Set([...Object.keys(ours.headers), ...Object.keys(theirs.headers)])
  const headers = [...names].filter((name) => String(ours.headers[name]) !== String(theirs.headers[name]))
  return [...(['method', 'target', 'body'] as const).filter((part) => ours[part] !== theirs[part]), ...headers]
}

const version = haproxyVersion()
const isSkipped = version === undefined && process.env['CI'] === undefined

t.test(
  'HAProxy and the gate agree, or the difference is judged',
  {
    skip: isSkipped && 'haproxy is not installed (apt-get install haproxy)',
  },
  async (t) => {
    t.comment(`HAProxy ${version}; the differences were judged with 2.6`)
    const [gate, haproxy] = [await startGateFront(t), await startHaproxyFront(t)]
    const findDifferences = async (forms: readonly RequestForm[]): Promise<readonly Difference[]> => {
      const differences: Difference[] = []
      for (const { id, ...request } of forms.map(toExchange)) {
        const [ours, theirs] = await Promise.all([putThrough(gate, request), putThrough(haproxy, request)])
        t.same(ours.faults, [], `${id}: nothing but clear requests passes the gate`)
        const differs = compare(ours, theirs)
        if (differs !== undefined) differences.push({ id, differs })
      }
      return differences
    }
    checkJudged(t, await findDifferences(readOwn()), readJudgements('haproxy-differences.json'))
    await withOtherCases<OtherRequestForm>(t, otherRequestsFile, async (rows) => {
      checkJudged(t, await findDifferences(rows.map(giveHost)), readJudgements('other-haproxy-differences.json'))
    })
  },
)
