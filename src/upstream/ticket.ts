/**
 * One request waiting for, or using, a pooled connection; its caller may leave at any time. If a reused connection
 * closes before the first byte of the answer, the request is sent once more, on a new one. That must never happen to a
 * request with a body or with a method that is not safe.
 */
import type { Connection } from './connection.ts'
import type { ExchangeHandler, Resender, UpstreamRequest } from './exchange-handler.ts'

/** The handle that `dispatch` returns. */
export interface Ticket {
  /** The caller is gone: stops waiting, or ends the connection. No callback follows. */
  abort(): void
  /** The caller can take more of the body. */
  resume(): void
}

/** The two pool operations a ticket may call. */
export interface TicketPool {
  /** Takes the ticket out of the queue, if it is there. */
  leave(ticket: PoolTicket): void
  /** Opens a new connection for this ticket alone. */
  renew(ticket: PoolTicket): void
}

/** Safe methods (RFC 9110 section 9.2.1): a request that is sent twice does no harm. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export class PoolTicket implements Ticket, Resender {
  /** It does no harm to send it twice. */
  readonly mayResend: boolean
  readonly #request: UpstreamRequest
  readonly #handler: ExchangeHandler
  readonly #pool: TicketPool
  #connection: Connection | undefined
  #isAborted = false

  constructor(request: UpstreamRequest, handler: ExchangeHandler, pool: TicketPool) {
    this.#request = request
    this.#handler = handler
    this.#pool = pool
    this.mayResend = request.body === undefined && safeMethods.has(request.method) && !request.mayChange
  }

  get isAborted(): boolean {
    return this.#isAborted
  }

  start(connection: Connection): void {
    this.#connection = connection
    connection.send(this.#request, this.#handler, this.mayResend ? this : undefined)
  }

  onStale(): void {
    this.#connection = undefined
    this.#pool.renew(this)
  }

  abort(): void {
    this.#isAborted = true
    if (this.#connection) this.#connection.abort(this.#handler)
    else this.#pool.leave(this)
  }

  resume(): void {
    this.#connection?.resume(this.#handler)
  }

  /** For a ticket that left the queue without a connection. What its caller still sends is read and dropped. */
  fail(error: Error): void {
    this.#request.body?.stream.resume()
    if (!this.#isAborted) this.#handler.onError(error)
  }
}

/** The tickets that wait for a connection, in the order in which they came. The pool decides how many may wait, and how long. */
export class WaitingLine {
  /** Each ticket with the time of its arrival, from `performance.now()`. */
  readonly #since = new Map<PoolTicket, number>()

  get length(): number {
    return this.#since.size
  }

  join(ticket: PoolTicket, now: number): void {
    this.#since.set(ticket, now)
  }

  leave(ticket: PoolTicket): void {
    this.#since.delete(ticket)
  }

  /** Removes and returns the ticket that has waited longest. */
  next(): PoolTicket | undefined {
    for (const ticket of this.#since.keys()) {
      this.#since.delete(ticket)
      return ticket
    }
    return undefined
  }

  /** Removes and yields the tickets that arrived at `latest` or before, except the first `spared` of the queue. */
  *takeOverdue(latest: number, spared: number): Generator<PoolTicket, void, void> {
    let place = 0
    for (const [ticket, since] of this.#since) {
      if (place++ < spared) continue
      if (since > latest) return
      this.#since.delete(ticket)
      yield ticket
    }
  }
}
