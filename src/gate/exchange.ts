/**
 * One request and its answer, from arrival to record. It takes the gate's runtime once, when it arrives, and uses that one to
 * its end. Never knows how a request goes upstream: that is its forwarding.
 */
import type { ServerResponse } from 'node:http'
import type { Scheme } from '../credentials/credentials.ts'
import type { Decision, Refusal, SetCookies } from '../decide/decision.ts'
import type { RequestHead } from '../decide/request-head.ts'
import { nameForm } from '../decide/resolve.ts'
import type { Question } from '../forward-auth/question.ts'
import { clientAddress } from '../headers/client-address.ts'
import { preflightLines, refusalLines } from '../headers/cors.ts'
import type { Peer } from '../headers/forwarded.ts'
import { readField } from '../headers/head-fields.ts'
import { trustedRequestId } from '../headers/request.ts'
import type { LoginAnswer } from '../login/answer.ts'
import type { RequestTrace } from '../ops/tracing/tracing.ts'
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import type { Gate, GateRuntime } from './gate.ts'
import { closeWithConnection, cutAnswer, endConnection, peerOf } from './listener/caller-connection.ts'
import type { GateRequest } from './listener/incoming-request.ts'
import { isDeclined } from './listener/incoming-request.ts'
import { protocolOf } from './listener/protocol.ts'
import { record } from './record.ts'
import { respond, respondPreflight, respondWith } from './respond.ts'

const ownExchange = Symbol('exchange')
type Owned = GateRequest & { [ownExchange]?: Exchange }

/** Undefined for a request that came behind the last answer of its connection: the gate does not look at it. */
export function exchangeOf(req: object): Exchange | undefined {
  return (req as Partial<Owned>)[ownExchange]
}

/** One listener for all exchanges: a closure for each would be memory for each. */
function closeExchange(this: ServerResponse): void {
  exchangeOf(this.req)?.close()
}

/** What a forwarding adds to its exchange. */
export interface Forwarded {
  /** The connection is a WebSocket by now; its answer is not an HTTP answer. */
  readonly isTunnel: boolean
  /** Milliseconds from the dispatch to the head of the answer; undefined without one. */
  readonly upstreamMs: number | undefined
  onCallerGone(): void
}

export class Exchange {
  readonly req: GateRequest
  readonly res: ServerResponse
  /** The runtime that the gate had when the request arrived. The exchange keeps it to its end. */
  readonly runtime: GateRuntime
  readonly peer: Peer
  readonly requestId: string
  /** Undefined: this request is not traced. */
  readonly trace: RequestTrace | undefined
  readonly #gate: Gate
  readonly #startedAt = performance.now()
  #question: Question | undefined
  #decision: Decision | undefined
  #forwarded: Forwarded | undefined
  #failure: Reason | undefined
  #closed = false

  constructor(gate: Gate, req: Owned, res: ServerResponse) {
    const { lifecycle, runtime } = gate
    req[ownExchange] = this
    this.#gate = gate
    this.req = req
    this.res = res
    this.runtime = runtime
    this.peer = peerOf(req)
    this.requestId = trustedRequestId(runtime.headers, req.fields, this.peer) ?? lifecycle.newRequestId()
    this.trace = gate.observers.tracing?.begin(() => ({
      traceParent: readField(req.fields, 'traceparent'),
      traceState: readField(req.fields, 'tracestate'),
    }))
    lifecycle.enter()
    res.on('close', closeExchange)
    if (res.socket === null) closeWithConnection(req, res)
    if (isDeclined(req)) endConnection(req.socket, res)
    this.closeIfDraining()
  }

  /** Of the request that is decided: this one, or the one it asks about. */
  get head(): RequestHead {
    if (this.#question !== undefined) return this.#question.head
    const { method = '', fields } = this.req
    const url = requestTarget(this.req)
    return { httpVersion: protocolOf(this.req, url), method, url, fields, address: this.peer.address }
  }

  /** It is a question of another proxy about another request. */
  asks(question: Question): void {
    this.#question = question
  }

  /** Of the request that is decided, whatever its length; undefined where it has none. */
  readToken(): string | undefined {
    const found = this.runtime.credentials.extract(this.head, Number.POSITIVE_INFINITY)
    return found.kind === 'bearer' ? found.token : undefined
  }

  get question(): Question | undefined {
    return this.#question
  }

  get decision(): Decision | undefined {
    return this.#decision
  }

  /** A later decision replaces an earlier one. */
  decided(decision: Decision): void {
    this.#decision = decision
    if (this.#closed) this.#record()
  }

  /** Writes the answer to a refusal that has been decided. */
  refuse({ reason, exceeded, route, ambiguity, cookies }: Refusal): void {
    const form = ambiguity && nameForm(ambiguity)
    this.#answer({ reason, policy: route?.policy, exceeded, form, cookies })
  }

  /** Writes an answer of the login room. It may have another reason than the decision. */
  show({ status, headers, body, reason, isProblem }: LoginAnswer): void {
    const decision = this.#decision
    const schemes = this.#schemes(decision?.kind === 'endpoint')
    if (reason !== undefined && (decision === undefined || !('reason' in decision) || decision.reason !== reason)) {
      this.decided({ kind: 'refuse', reason, route: decision?.route, caller: decision?.caller })
    }
    if (reason !== undefined && isProblem) this.#answer({ reason, lines: headers, schemes })
    else respondWith(this.res, { status, headers: [...headers, 'X-Request-Id', this.requestId], body })
  }

  /** What an answer has to set that is written now: the session may have ended since it was renewed for this request. */
  cookiesNow(cookies: SetCookies): SetCookies {
    return cookies && this.runtime.login?.cookiesNow(this.req.fields.cookie, cookies)
  }

  /** What a page of another origin needs to read a refusal; undefined where no origin is configured. */
  get refusalLines(): readonly string[] | undefined {
    const { cors } = this.runtime
    return cors && refusalLines(cors, this.req.fields.origin)
  }

  answerPreflight(): void {
    respondPreflight(this.res, preflightLines(this.req.fields), this.requestId)
  }

  /** It goes upstream from here on. */
  forwardedBy(forwarded: Forwarded): void {
    this.#forwarded = forwarded
  }

  /** A kept connection of the caller would hold up the drain. */
  closeIfDraining(): void {
    if (this.#gate.lifecycle.isDraining) this.res.shouldKeepAlive = false
  }

  /** Records the failure, and answers if no answer has begun. An answer that has begun is cut. A WebSocket is left alone. */
  fail(reason: Reason): void {
    this.breakOff(reason)
    if (this.#forwarded?.isTunnel) return
    if (this.res.headersSent) cutAnswer(this.res)
    else
      this.#answer({
        reason,
        cookies: this.#decision && 'cookies' in this.#decision ? this.#decision.cookies : undefined,
      })
  }

  /** Only records the failure; the first one counts. The code that calls this answers or closes the connection. */
  breakOff(reason: Reason): void {
    this.#failure ??= reason
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Runs when the answer is over or the caller has left. An exchange without a decision is recorded when the decision comes. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#gate.lifecycle.leave()
    if (this.#decision || this.res.headersSent) this.#record()
    this.#forwarded?.onCallerGone()
  }

  #answer(answer: Omit<Parameters<typeof respond>[1], 'requestId' | 'realm' | 'metadataUrl'>): void {
    if (answer.reason === 'request_malformed') endConnection(this.req.socket, this.res)
    const { refusalLines } = this
    const lines = answer.lines && refusalLines ? [...answer.lines, ...refusalLines] : (answer.lines ?? refusalLines)
    const { realm, resourceMetadata } = this.runtime
    const metadataUrl = resourceMetadata?.metadataUrlFor(this.head.url)
    const { schemes = this.#schemes() } = answer
    const cookies = this.cookiesNow(answer.cookies)
    respond(this.res, { ...answer, cookies, lines, requestId: this.requestId, realm, metadataUrl, schemes })
  }

  /**
   * A browser asks for a password of its own where Basic is named, and people would give it the one of their account. With a sign-in
   * they have a page for it, and the endpoints of the gate take none.
   */
  #schemes(isOwn = false): readonly Scheme[] {
    const { credentials, login } = this.runtime
    const { schemes } = credentials
    if (!schemes.includes('Basic')) return schemes
    const isPerson = login !== undefined && readField(this.head.fields, 'sec-fetch-site') !== undefined
    return isPerson || isOwn ? ['Bearer'] : schemes
  }

  #record(): void {
    const { method = '', url = requestTarget(this.req) } = this.#question?.head ?? { method: this.req.method }
    record(this.#gate.observers, {
      requestId: this.requestId,
      method,
      url,
      address: this.peer.address,
      client: this.#client(),
      sender: this,
      trace: this.trace && { request: this.trace, ...traceFactsOf(this.req, this.peer) },
      traceParent: this.#gate.observers.audit && readField(this.req.fields, 'traceparent'),
      decision: this.#decision,
      failure: this.#failure,
      status: this.#status(),
      durationMs: performance.now() - this.#startedAt,
      upstreamMs: this.#forwarded?.upstreamMs,
      aborted: !this.#forwarded?.isTunnel && !this.res.writableFinished,
    })
  }

  #client(): string | undefined {
    const { accessLog, audit } = this.#gate.observers
    if (!accessLog && !audit && !this.trace) return undefined
    const { address } = this.peer
    const client = clientAddress(this.req.fields.forwardedFor, address, this.runtime.headers.isTrusted)
    return client === address ? undefined : client
  }

  #status(): number {
    if (this.res.headersSent) return this.res.statusCode
    if (this.#forwarded?.isTunnel) return switchingProtocols
    return this.#failure ? reasons[this.#failure].status : callerLeft
  }
}

function traceFactsOf({ fields, httpVersion }: GateRequest, { encrypted }: Peer) {
  return { host: fields.host, userAgent: readField(fields, 'user-agent'), isEncrypted: encrypted, httpVersion }
}

const switchingProtocols = 101

/** No answer left the gate: the caller was gone before (nginx's word for it). */
const callerLeft = 499

/** The target as received: Fastify's router may be shown another (app.ts). */
export function requestTarget(req: { readonly url?: string | undefined; readonly originalUrl?: string }): string {
  return req.originalUrl ?? req.url ?? '/'
}
