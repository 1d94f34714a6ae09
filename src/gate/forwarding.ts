/**
 * What the proxy adds to an exchange: what goes upstream, when, and what came back. An answer of the gate's own has none.
 */
import type { ServerResponse } from 'node:http'
import { goodUntil } from '../decide/policy.ts'
import type { HeadFields } from '../headers/head-fields.ts'
import { replaceField } from '../headers/head-fields.ts'
import { namesLocation, relocateLines } from '../headers/location.ts'
import { originsOf, upstreamHeaders } from '../headers/request.ts'
import { dropSetCookies, personalHeaders } from '../headers/response.ts'
import type { Login } from '../login/login.ts'
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import type { Running } from '../upstream/forward.ts'
import type { ResponseHead } from '../upstream/response-head.ts'
import type { Lease, Upgrade } from '../upstream/websocket/web-sockets.ts'
import type { Exchange, Forwarded } from './exchange.ts'
import type { ExpiringStream } from './expiring-streams.ts'
import type { Gate, Service } from './gate.ts'
import type { GateRequest } from './listener/incoming-request.ts'

export class ExchangeForwarding implements Upgrade, Forwarded, ExpiringStream {
  readonly req: GateRequest
  readonly res: ServerResponse
  readonly requestId: string
  readonly maxBodyBytes: number | undefined
  readonly #gate: Gate
  readonly #exchange: Exchange
  readonly #service: Service
  #running: Running | undefined
  #dispatchedAt = 0
  #upstreamMs: number | undefined
  #isTunnel = false
  #isEventStream = false
  #forgetSession: (() => void) | undefined

  constructor(gate: Gate, exchange: Exchange, service: Service) {
    this.#gate = gate
    this.#exchange = exchange
    this.#service = service
    this.req = exchange.req
    this.res = exchange.res
    this.requestId = exchange.requestId
    this.maxBodyBytes = exchange.runtime.limits.bodyBytes
    exchange.forwardedBy(this)
  }

  get upstreamMs(): number | undefined {
    return this.#upstreamMs
  }

  get isTunnel(): boolean {
    return this.#isTunnel
  }

  get expiresAtMs(): number | undefined {
    const { decision } = this.#exchange
    return decision?.caller && goodUntil(decision.caller, decision.route?.policy)
  }

  get lease(): Lease | undefined {
    const { decision, runtime, head } = this.#exchange
    if (decision?.kind !== 'allow' || !decision.session) return undefined
    const { policy } = decision.route
    const leaseOf = (login: Login | undefined) =>
      login?.lease(head.fields.cookie, policy, head.url.replace(/\?.*$/s, ''))
    const lease = leaseOf(runtime.login)
    // A WebSocket may outlive the sign-in that opened it, whose store is closed some time after a reload.
    return lease && { ...lease, extend: async (from) => leaseOf(this.#gate.runtime.login)?.extend(from) }
  }

  writeHeaders(): string {
    const { peer, requestId, req, decision } = this.#exchange
    const caller = decision?.caller
    const fields = this.#tracedFields(req.fields)
    return upstreamHeaders(this.#service.headers, { fields, peer, caller, token: this.#token, requestId })
  }

  /** The tokens of a session are not the caller's to send. */
  get #token(): string | undefined {
    const { decision } = this.#exchange
    return decision?.kind === 'allow' && !decision.session ? decision.caller?.token : undefined
  }

  /** What the caller offers to open a WebSocket, as the service gets it. */
  get offer(): readonly string[] {
    const { withhold } = this.#service.headers
    const { fields } = this.req
    return withhold ? withhold(fields, this.#token).lines : fields.lines
  }

  get ownProtocol(): string | undefined {
    return this.#exchange.runtime.credentials.ownProtocol?.(this.req.fields)
  }

  /** The service gets our span as its parent. */
  #tracedFields(fields: HeadFields): HeadFields {
    const { trace } = this.#exchange
    if (trace === undefined) return fields
    const known = trace.hasParent ? fields : replaceField(fields, 'tracestate', undefined)
    return replaceField(known, 'traceparent', trace.forward(this.#service.delivery.upstreamUrl))
  }

  finish(received: string[]): string[] {
    const { peer, req, decision, runtime } = this.#exchange
    const headers = runtime.login ? dropSetCookies(received, runtime.login.ownsCookie) : received
    const { headers: rules } = this.#service
    if (rules.ownAddress !== undefined && namesLocation(headers)) {
      const rewrite = decision?.route?.rewrite
      relocateLines(headers, rules.ownAddress, { ...originsOf(rules, { fields: req.fields, peer }), rewrite })
    }
    if (decision?.kind !== 'allow') return headers
    const cookies = this.#exchange.cookiesNow(decision.cookies)
    // Shared caches keep off by themselves where the request has Authorization.
    const isPersonal = decision.caller && (decision.session || req.fields.authorization === undefined)
    return cookies || isPersonal ? personalHeaders(headers, cookies) : headers
  }

  onDispatch(running: Running): void {
    this.#running = running
    this.#dispatchedAt = performance.now()
    this.#exchange.trace?.forward(this.#service.delivery.upstreamUrl)
  }

  onAnswer(head?: ResponseHead): void {
    this.#upstreamMs = performance.now() - this.#dispatchedAt
    this.#exchange.closeIfDraining()
    const { expiringStreams } = this.#service.delivery
    const { decision } = this.#exchange
    const hasSession = decision?.kind === 'allow' && decision.session
    if (head === undefined || !(expiringStreams || hasSession)) return
    this.#isEventStream = isEventStream(head.headers)
    expiringStreams?.add(this)
    // Not at once: the head of the answer is still to be written.
    const end = () => setImmediate(() => this.res.writableEnded || this.#end('session_expired'))
    if (hasSession && this.#isEventStream) this.#forgetSession = this.lease?.onEnd(end)
  }

  expire(): void {
    this.#end('token_expired')
  }

  /** An event stream has no last event, so its end is no cut. Any other answer must not look whole. */
  #end(reason: Reason): void {
    if (!this.#isEventStream) {
      this.#exchange.fail(reason)
      return
    }
    this.#exchange.breakOff(reason)
    this.#running?.onCallerGone()
    const { res, req } = this
    res.end(() => req.socket.destroySoon())
  }

  onFailure(reason: Reason, error: Error & { readonly code?: string }): void {
    if (this.#exchange.hasFailed) return
    if (reasons[reason].kind === 'upstream') {
      const { message, code } = error
      this.#gate.observers.log.warn({ requestId: this.requestId, reason, err: { message, code } }, 'upstream failed')
    }
    this.#exchange.fail(reason)
  }

  becomeTunnel(): void {
    this.#isTunnel = true
  }

  onCallerGone(): void {
    this.#service.delivery.expiringStreams?.remove(this)
    this.#forgetSession?.()
    this.#running?.onCallerGone()
  }
}

/** `headers` is name, value, name, value … */
function isEventStream(headers: readonly string[]): boolean {
  return headers.some((name, at) => {
    if (at % 2 !== 0 || name.length !== 'content-type'.length) return false
    return name.toLowerCase() === 'content-type' && /^text\/event-stream\b/i.test(headers[at + 1] ?? '')
  })
}
