/**
 * An exchange that has been asked of the pool: in line until it has a connection, and on a second one when the first, used
 * before, ended instead of answering. Its caller may leave at any time. Never has anything sent twice but a safe request
 * without a body.
 */
import type { Connection } from './connection.ts'
import type { ExchangeHandler, Resender, UpstreamRequest } from './exchange-handler.ts'

/** What is held of it by whoever asked. */
export interface Ticket {
  /** The caller is gone: nothing of the exchange is needed any more. */
  abort(): void
  resume(): void
}

/** Its pool, as it sees it. */
export interface TicketPool {
  /** The line, if it is in it. */
  leave(ticket: PoolTicket): void
  /** A connection for it alone. */
  renew(ticket: PoolTicket): void
}

/** Of RFC 9110 section 9.2.1: sent twice, they do what they do once. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export class PoolTicket implements Ticket, Resender {
  readonly #request: UpstreamRequest
  readonly #handler: ExchangeHandler
  readonly #pool: TicketPool
  #connection: Connection | undefined
  #isAborted = false

  constructor(request: UpstreamRequest, handler: ExchangeHandler, pool: TicketPool) {
    this.#request = request
    this.#handler = handler
    this.#pool = pool
  }

  get isAborted(): boolean {
    return this.#isAborted
  }

  start(connection: Connection): void {
    this.#connection = connection
    const { method, body } = this.#request
    connection.send(this.#request, this.#handler, body === undefined && safeMethods.has(method) ? this : undefined)
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

  /** Once it has left the line without a connection: what its caller still sends has no reader. */
  fail(error: Error): void {
    this.#request.body?.stream.resume()
    if (!this.#isAborted) this.#handler.onError(error)
  }
}
