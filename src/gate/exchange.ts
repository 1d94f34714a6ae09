/**
 * One request on its way through the gate: what the proxy, the answer and the record need to know of it. Lives as long
 * as the exchange and is recorded exactly once.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Decision } from '../decide/decision.ts'
import type { Exceeded } from '../decide/rate-limiter.ts'
import { clientAddress } from '../headers/client-address.ts'
import type { Peer } from '../headers/forwarded.ts'
import { trustedRequestId, upstreamHeaders } from '../headers/request.ts'
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import type { Relayed } from '../upstream/forward.ts'
import type { Upgrade } from '../upstream/websocket/web-sockets.ts'
import type { Gate } from './gate.ts'
import { closeWithConnection, cutAnswer, endConnection, peerOf } from './listener/caller-connection.ts'
import { isDeclined } from './listener/incoming-request.ts'
import { record } from './record.ts'
import { respond } from './respond.ts'

const ownExchange = Symbol('exchange')
type Owned = IncomingMessage & { [ownExchange]?: GateExchange }

/** The exchange of a request that was handed over, however it is found again. */
export function exchangeOf(req: Owned): GateExchange | undefined {
  return req[ownExchange]
}

/** One for all exchanges: a listener of its own would be a closure a request. */
function closeExchange(this: ServerResponse): void {
  exchangeOf(this.req)?.close()
}

export class GateExchange implements Upgrade {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly requestId: string
  readonly maxBodyBytes: number | undefined
  readonly peer: Peer
  readonly #gate: Gate
  readonly #startedAt = performance.now()
  #decision: Decision | undefined
  #failure: Reason | undefined
  #closed = false
  #tunnel = false
  #forwardedAt = 0
  #upstreamMs: number | undefined
  #relayed: Relayed | undefined

  constructor(gate: Gate, req: Owned, res: ServerResponse) {
    req[ownExchange] = this
    this.#gate = gate
    this.req = req
    this.res = res
    this.maxBodyBytes = gate.runtime.limits.bodyBytes
    this.peer = peerOf(req)
    this.requestId = trustedRequestId(gate.runtime.headers, req.rawHeaders, this.peer) ?? gate.newRequestId()
    gate.inFlight.enter()
    res.on('close', closeExchange)
    if (res.socket === null) closeWithConnection(req, res)
    if (isDeclined(req)) endConnection(req.socket, res)
    if (gate.state.draining) res.shouldKeepAlive = false
  }

  decided(decision: Decision): void {
    this.#decision = decision
    if (this.#closed) this.#record()
  }

  get expiresAtMs(): number | undefined {
    return this.#decision?.caller?.expiresAtMs
  }

  /** From here on the connection is a WebSocket, which whoever carries it ends; the exchange ends with it. */
  becomeTunnel(): void {
    this.#tunnel = true
  }

  forwardHeaders(): string {
    const caller = this.#decision?.caller
    const { rawHeaders } = this.req
    return upstreamHeaders(this.#gate.runtime.headers, {
      rawHeaders,
      peer: this.peer,
      caller,
      requestId: this.requestId,
    })
  }

  refuse(reason: Reason, exceeded?: Exceeded): void {
    if (reason === 'request_malformed') endConnection(this.req.socket, this.res)
    respond(this.res, { reason, requestId: this.requestId, policy: this.#decision?.route?.policy, exceeded })
  }

  onRelay(relayed: Relayed): void {
    this.#relayed = relayed
    this.#forwardedAt = performance.now()
  }

  onAnswer(): void {
    this.#upstreamMs = performance.now() - this.#forwardedAt
    if (this.#gate.state.draining) this.res.shouldKeepAlive = false
  }

  /** The rest of the request is malformed or late; whoever found that answers and closes the connection. */
  breakOff(reason: Reason): void {
    this.#failure ??= reason
  }

  onFailure(reason: Reason, error: Error): void {
    if (this.#failure) return
    this.#failure = reason
    if (reasons[reason].kind === 'upstream') this.#reportUpstream(reason, error)
    if (this.#tunnel) return
    if (this.res.headersSent) cutAnswer(this.res)
    else this.refuse(reason)
  }

  #reportUpstream(reason: Reason, error: Error): void {
    const { requestId } = this
    this.#gate.log.warn({ requestId, reason, err: { message: error.message, code: codeOf(error) } }, 'upstream failed')
  }

  /** A caller who leaves while a key is fetched for its token is recorded when the decision is there. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#gate.inFlight.leave()
    if (this.#decision || this.res.headersSent) this.#record()
    this.#relayed?.onCallerGone()
  }

  #record(): void {
    record(this.#gate, {
      requestId: this.requestId,
      method: this.req.method ?? '',
      url: requestTarget(this.req),
      address: this.peer.address,
      client: this.#client(),
      decision: this.#decision,
      failure: this.#failure,
      status: this.#status(),
      durationMs: performance.now() - this.#startedAt,
      upstreamMs: this.#upstreamMs,
      aborted: !this.#tunnel && !this.res.writableFinished,
    })
  }

  #client(): string | undefined {
    if (!this.#gate.config.access) return undefined
    const client = clientAddress(this.req.rawHeaders, this.peer.address, this.#gate.runtime.headers.isTrusted)
    return client === this.peer.address ? undefined : client
  }

  #status(): number {
    if (this.res.headersSent) return this.res.statusCode
    if (this.#tunnel) return switchingProtocols
    return this.#failure ? reasons[this.#failure].status : callerLeft
  }
}

const switchingProtocols = 101

/** No answer left the gate: the caller was gone before (nginx's word for it). */
const callerLeft = 499

/** The target as received: Fastify's router is shown `/` instead (app.ts). */
export function requestTarget(req: IncomingMessage & { readonly originalUrl?: string }): string {
  return req.originalUrl ?? req.url ?? '/'
}

function codeOf(error: Error & { readonly code?: string }): string | undefined {
  return error.code
}
