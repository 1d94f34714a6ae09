/**
 * Records an exchange that is over: one count, one duration, one access line. This is the only place that counts or logs a
 * decision, so metric, log and answer name the same reason.
 */
import type { Allow, Decision } from '../decide/decision.ts'
import { adviseOn, nameForm } from '../decide/resolve.ts'
import type { Audit } from '../ops/audit/audit.ts'
import type { DecisionLabels, Metrics } from '../ops/metrics.ts'
import type { AccessLog, Observers } from '../ops/observers.ts'
import { describeRefusedToken } from '../ops/refused-token.ts'
import type { TraceEnd } from '../ops/tracing/attributes.ts'
import { readTraceParent } from '../ops/tracing/trace-context.ts'
import type { RequestTrace } from '../ops/tracing/tracing.ts'
import type { Reason, ReasonFacts } from '../reasons.ts'
import { reasons } from '../reasons.ts'

export interface ExchangeRecord {
  readonly requestId: string
  readonly method: string
  /** The request target; its query is never logged. */
  readonly url: string
  /** The address of the connection. */
  readonly address: string
  /** The client's address as trusted proxies name it; absent when it is `address`. */
  readonly client: string | undefined
  /** Reads the token of the request again, for what the log says of a refused one. */
  readonly sender?: { readToken(): string | undefined }
  /** Of a request that is traced. */
  readonly trace?: TraceRecord | undefined
  /** The header, where an audit log wants it. */
  readonly traceParent?: string | undefined
  /** Absent when the gate itself failed before it had decided. */
  readonly decision: Decision | undefined
  /** Why it failed after it was allowed. */
  readonly failure: Reason | undefined
  readonly status: number
  readonly durationMs: number
  readonly upstreamMs: number | undefined
  /** The caller left before the answer was complete. */
  readonly aborted: boolean
}

interface TraceRecord extends Pick<TraceEnd, 'host' | 'userAgent' | 'isEncrypted' | 'httpVersion'> {
  readonly request: RequestTrace
}

const maxLoggedPath = 512

export function record(
  {
    metrics,
    accessLog,
    refusals,
    audit,
  }: Pick<Observers, 'metrics' | 'accessLog'> & Partial<Pick<Observers, 'refusals' | 'audit'>>,
  exchange: ExchangeRecord,
): void {
  const labels = labelsOf(exchange)
  const { status, durationMs, upstreamMs } = exchange
  metrics.countExchange({ ...labels, status, durationMs, upstreamMs })
  countVerification(metrics, exchange.decision)
  if (exchange.decision?.kind === 'allow' && exchange.decision.reported !== undefined)
    countReport(metrics, exchange.decision)
  if (labels.outcome !== 'allow') recordRefusal({ metrics, refusals }, exchange, labels)
  if (accessLog) logAccess(accessLog, exchange, labels)
  if (exchange.trace) endTrace(exchange.trace, exchange, labels)
  if (audit) logAudit(audit, exchange, labels)
}

function labelsOf({ decision, failure }: ExchangeRecord): DecisionLabels {
  const route = decision?.route?.label ?? (decision?.kind === 'endpoint' ? 'endpoint' : 'none')
  if (decision === undefined) return { route, outcome: 'fail', reason: 'internal_error' }
  if (failure !== undefined) return { route, outcome: outcomeOf(failure), reason: failure }
  if (decision.kind === 'login') return { route, outcome: 'login', reason: decision.reason }
  if (decision.kind === 'refuse') return { route, outcome: outcomeOf(decision.reason), reason: decision.reason }
  return decision.kind !== 'allow' || decision.reported === undefined
    ? { route, outcome: 'allow', reason: 'allowed' }
    : { route, outcome: 'report', reason: decision.reported }
}

function outcomeOf(reason: Reason): DecisionLabels['outcome'] {
  const { kind } = reasons[reason]
  return kind === 'upstream' || reason === 'internal_error' ? 'fail' : kind
}

function countVerification(metrics: Metrics, decision: Decision | undefined): void {
  const verdict = decision?.caller ? 'ok' : refusalOfToken(decision)
  if (verdict !== undefined) metrics.countVerification(verdict)
}

/** What happens to the request behind the gate makes no difference. */
function countReport(metrics: Metrics, decision: Allow): void {
  const { route, reported: reason = '' } = decision
  metrics.reports.inc({ route: route.label, client: nameClient(metrics, decision), reason })
}

type RefusalObservers = Pick<Observers, 'metrics'> & Partial<Pick<Observers, 'refusals'>>

/** What report mode lets pass, and who is sent to the sign-in, is no refusal. */
function recordRefusal(
  { metrics, refusals }: RefusalObservers,
  exchange: ExchangeRecord,
  labels: DecisionLabels,
): void {
  const { outcome, route, reason } = labels
  if (outcome === 'report' || outcome === 'login') return
  const { decision, requestId, method, url, status } = exchange
  const client = nameClient(metrics, decision)
  if (decision?.kind === 'refuse') metrics.refusals.inc({ client, reason })
  refusals?.add({ requestId, method, path: pathOf(url), route, status, reason, client })
}

/** The app client of the verified token, or the one that a refused token claims. */
function nameClient(metrics: Metrics, decision: Decision | undefined): string {
  if (decision?.caller) return metrics.nameClient(decision.caller.clientId)
  return (decision && 'client' in decision ? decision.client : undefined) ?? 'none'
}

/** Why the token was refused; undefined when there was none, or a good one. */
function refusalOfToken(decision: Decision | undefined): Reason | undefined {
  if (decision === undefined || decision.caller) return undefined
  const reason = decision.kind === 'refuse' ? decision.reason : reportedBy(decision)
  return reason !== undefined && isVerdictOnToken(reason) ? reason : undefined
}

function reportedBy(decision: Decision): Reason | undefined {
  return decision.kind === 'allow' ? decision.reported : undefined
}

function isVerdictOnToken(reason: Reason): boolean {
  const facts: ReasonFacts = reasons[reason]
  return facts.error === 'invalid_token' || reason === 'keys_unavailable' || reason === 'revocation_unavailable'
}

function logAccess(accessLog: AccessLog, exchange: ExchangeRecord, labels: DecisionLabels): void {
  const caller = exchange.decision?.caller
  accessLog.info(
    {
      requestId: exchange.requestId,
      traceId: exchange.trace?.request.traceId,
      method: exchange.method,
      path: pathOf(exchange.url),
      ...labels,
      status: exchange.status,
      durationMs: round(exchange.durationMs),
      upstreamMs: exchange.upstreamMs === undefined ? undefined : round(exchange.upstreamMs),
      address: exchange.address,
      client: exchange.client,
      limit: exchange.decision?.kind === 'refuse' ? exchange.decision.exceeded?.name : undefined,
      second: exchange.decision?.kind === 'refuse' ? exchange.decision.second : undefined,
      ...explainPath(exchange.decision),
      ...explainToken(accessLog, exchange),
      clientId: caller?.clientId,
      sub: caller?.loggedSubject,
      aborted: exchange.aborted || undefined,
    },
    'access',
  )
}

function endTrace({ request, ...facts }: TraceRecord, exchange: ExchangeRecord, labels: DecisionLabels): void {
  const { requestId, method, url, status, address, client, upstreamMs, decision } = exchange
  const known = { requestId, method, url, status, address, client, upstreamMs }
  request.end({ ...facts, ...known, ...labels, clientId: decision?.caller?.clientId })
}

function logAudit(audit: Audit, exchange: ExchangeRecord, labels: DecisionLabels): void {
  const caller = exchange.decision?.caller
  audit.write({
    requestId: exchange.requestId,
    traceId: exchange.trace?.request.traceId ?? readTraceParent(exchange.traceParent)?.traceId,
    method: exchange.method,
    path: pathOf(exchange.url),
    ...labels,
    status: exchange.status,
    address: exchange.address,
    client: exchange.client,
    pool: caller?.key.pool,
    clientId: caller?.clientId,
    sub: caller?.loggedSubject,
    jti: caller?.ids?.jti,
    origin_jti: caller?.ids?.origin,
  })
}

/** Why a path is ambiguous: the form, two readings, the rules that they meet, and what to do. */
function explainPath(decision: Decision | undefined): object | undefined {
  if (decision?.kind !== 'refuse' || decision.ambiguity === undefined) return undefined
  const { ambiguity } = decision
  if (typeof ambiguity === 'string') return { form: nameForm(ambiguity) }
  const readings = ambiguity.readings.map((reading) => reading.slice(0, maxLoggedPath))
  return { form: nameForm(ambiguity), readings, rules: ambiguity.rules, advice: adviseOn(ambiguity) }
}

/** At level debug: what a refused token says of itself. */
function explainToken(accessLog: AccessLog, { decision, sender }: ExchangeRecord): object | undefined {
  if (refusalOfToken(decision) === undefined || !accessLog.isLevelEnabled('debug')) return undefined
  return describeRefusedToken(sender?.readToken())
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return url.slice(0, end === -1 ? maxLoggedPath : Math.min(end, maxLoggedPath))
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
