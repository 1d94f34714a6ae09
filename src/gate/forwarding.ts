/**
 * What the proxy adds to an exchange: what goes upstream, when, and what came back. An answer of the gate's own has none.
 */
import type { ServerResponse } from 'node:http'
import type { Decision } from '../decide/decision.ts'
import { upstreamHeaders } from '../headers/request.ts'
import { personalHeaders } from '../headers/response.ts'
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import type { Running } from '../upstream/forward.ts'
import type { Lease, Upgrade } from '../upstream/websocket/web-sockets.ts'
import type { Exchange, Forwarded } from './exchange.ts'
import type { Gate } from './gate.ts'
import type { GateRequest } from './listener/incoming-request.ts'

export class ExchangeForwarding implements Upgrade, Forwarded {
  readonly req: GateRequest
  readonly res: ServerResponse
  readonly requestId: string
  readonly maxBodyBytes: number | undefined
  readonly amend: ((headers: string[]) => string[]) | undefined
  readonly #gate: Gate
  readonly #exchange: Exchange
  #running: Running | undefined
  #dispatchedAt = 0
  #upstreamMs: number | undefined
  #isTunnel = false

  constructor(gate: Gate, exchange: Exchange) {
    this.#gate = gate
    this.#exchange = exchange
    this.req = exchange.req
    this.res = exchange.res
    this.requestId = exchange.requestId
    this.maxBodyBytes = exchange.runtime.limits.bodyBytes
    this.amend = amendFor(exchange.decision)
    exchange.forwardedBy(this)
  }

  get upstreamMs(): number | undefined {
    return this.#upstreamMs
  }

  get isTunnel(): boolean {
    return this.#isTunnel
  }

  get expiresAtMs(): number | undefined {
    return this.#exchange.decision?.caller?.expiresAtMs
  }

  get lease(): Lease | undefined {
    const { decision, runtime, head } = this.#exchange
    if (decision?.kind !== 'allow' || !decision.session) return undefined
    return runtime.login?.lease(head.fields.cookie)
  }

  writeHeaders(): string {
    const { runtime, decision, peer, requestId, req } = this.#exchange
    const caller = decision?.caller
    return upstreamHeaders(runtime.headers, { fields: req.fields, peer, caller, requestId })
  }

  onDispatch(running: Running): void {
    this.#running = running
    this.#dispatchedAt = performance.now()
  }

  onAnswer(): void {
    this.#upstreamMs = performance.now() - this.#dispatchedAt
    this.#exchange.closeIfDraining()
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
    this.#running?.onCallerGone()
  }
}

/** Only answers to a session are changed. */
function amendFor(decision: Decision | undefined): ((headers: string[]) => string[]) | undefined {
  if (decision?.kind !== 'allow' || !decision.session) return undefined
  return (headers) => personalHeaders(headers, decision.cookies)
}
