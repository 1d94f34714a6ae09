/**
 * The connections to the upstream: at most as many as configured, the one used last first. Requests that find none free
 * wait in a queue that is bounded in length and time. It must never send a request twice, except a safe one without a
 * body whose reused connection closed before the first byte of an answer: that one is sent once more, on a new
 * connection.
 */
import type { Socket } from 'node:net'
import { startSweep } from '../timer.ts'
import type { Connected } from './connect.ts'
import { ConnectError } from './connect.ts'
import type { ConnectionOptions } from './connection.ts'
import { Connection } from './connection.ts'
import type { ExchangeHandler, UpstreamRequest } from './exchange-handler.ts'
import { SeenCloses } from './seen-closes.ts'
import type { Ticket, TicketPool } from './ticket.ts'
import { PoolTicket, WaitingLine } from './ticket.ts'

export interface PoolOptions extends Omit<ConnectionOptions, 'onFree' | 'onGone' | 'onIdleClose'> {
  readonly maxConnections: number
  /** Length limit of the queue, not counting the requests for which a connection is being opened. */
  readonly maxWaiting: number
  /** Limit for waiting in the queue. Does not apply to the requests for which a connection is being opened. */
  readonly waitTimeoutMs: number
  /** A connection older than this is closed after its exchange, so that the pool follows DNS changes. */
  readonly maxAgeMs: number
  /** Must call back within a time limit of its own. */
  readonly connect: (done: Connected) => void
}

/** Every connection is busy, and the queue is full or too slow. No byte of the request was sent. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError'
}

const closing = 'the gate is closing'

export class UpstreamPool {
  readonly #options: PoolOptions
  readonly #line = new WaitingLine()
  readonly #connections = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #closes = new SeenCloses()
  readonly #endSweep: () => void
  readonly #forTickets: TicketPool = {
    leave: (ticket) => this.#line.leave(ticket),
    renew: (ticket) => this.#renew(ticket),
  }
  #connecting = 0
  #renewing = 0
  #closed = false
  #retired = false

  constructor(options: PoolOptions) {
    this.#options = options
    const { responseTimeoutMs, idleTimeoutMs, keepAliveMs, waitTimeoutMs } = options
    const shortestMs = Math.min(responseTimeoutMs, idleTimeoutMs, keepAliveMs, waitTimeoutMs)
    this.#endSweep = startSweep(shortestMs, () => this.#sweep())
  }

  dispatch(request: UpstreamRequest, handler: ExchangeHandler): Ticket {
    const ticket = new PoolTicket(request, handler, this.#forTickets)
    if (this.#closed) {
      ticket.fail(new Error(closing))
      return ticket
    }
    const now = this.#options.now()
    const connection = this.#takeIdle(now, ticket.mayResend)
    if (connection) ticket.start(connection)
    else if (this.#isFull()) ticket.fail(new OverloadedError('too many wait for a connection'))
    else {
      this.#line.join(ticket, now)
      this.#openIfAllowed()
    }
    return ticket
  }

  /** Number of requests in the queue, including those for which a connection is being opened. */
  get waiting(): number {
    return this.#line.length
  }

  /** Its connections, and those that are being opened. */
  get size(): number {
    return this.#connections.size + this.#connecting + this.#renewing
  }

  /** No new request comes. Idle connections end now, the others behind their requests. */
  retire(): void {
    this.#retired = true
    for (const connection of this.#idle.splice(0)) connection.destroy()
  }

  /** Connections by what they do. A connection that is about to close counts as busy. */
  counts(): { readonly busy: number; readonly idle: number; readonly connecting: number } {
    const idle = this.#idle.length
    return { busy: this.#connections.size - idle, idle, connecting: this.#connecting + this.#renewing }
  }

  /** Ends every connection. Running, waiting and later requests fail. */
  close(): void {
    this.#closed = true
    this.#endSweep()
    const gone = new Error(closing)
    for (const connection of this.#connections) connection.destroy(gone)
    for (let ticket = this.#line.next(); ticket !== undefined; ticket = this.#line.next()) ticket.fail(gone)
  }

  /**
   * The idle connection that was used last. A request that may not be sent twice takes it only if the service certainly keeps
   * it; otherwise that request waits for a new or a freed connection, and a full pool ends its oldest idle one for it.
   */
  #takeIdle(now: number, mayResend: boolean): Connection | undefined {
    for (let connection = this.#idle.at(-1); connection !== undefined; connection = this.#idle.at(-1)) {
      if (!mayResend && !connection.isCertain(now, this.#closes)) {
        if (!this.#hasRoom) this.#endOldest()
        return undefined
      }
      this.#idle.pop()
      if (connection.isUsable(now)) return connection
      connection.destroy()
    }
    return undefined
  }

  /** Its place is free at once, not only when its socket is closed. */
  #endOldest(): void {
    const oldest = this.#idle.shift()
    if (oldest === undefined) return
    this.#connections.delete(oldest)
    oldest.destroy()
  }

  /** True if one more connection may be opened. */
  get #hasRoom(): boolean {
    return this.size < this.#options.maxConnections
  }

  #isFull(): boolean {
    return !this.#hasRoom && this.#line.length - this.#connecting >= this.#options.maxWaiting
  }

  #openIfAllowed(): void {
    if (this.#closed || !this.#hasRoom || this.#connecting >= this.#line.length) return
    this.#connecting++
    this.#options.connect((error, socket) => {
      this.#connecting--
      if (error) this.#failed(error)
      else this.#opened(socket)
    })
  }

  #opened(socket: Socket): void {
    if (this.#closed) socket.destroy()
    else this.#onFree(this.#adopt(socket))
  }

  #adopt(socket: Socket): Connection {
    const connection = new Connection(socket, {
      ...this.#options,
      onFree: (free) => this.#onFree(free),
      onGone: (gone) => this.#onGone(gone),
      onIdleClose: (idleMs) => this.#closes.add(idleMs, this.#options.now()),
    })
    this.#connections.add(connection)
    return connection
  }

  /**
   * Opens a new connection for a retry, which must not get a used one: so it does not queue. It takes the place of the lost
   * connection, whose close event is still to come, so the limit is not asked.
   */
  #renew(ticket: PoolTicket): void {
    this.#renewing++
    this.#options.connect((error, socket) => {
      this.#renewing--
      if (error) ticket.fail(new ConnectError(error))
      else if (this.#closed) ticket.fail(new Error(closing))
      else if (!ticket.isAborted) ticket.start(this.#adopt(socket))
      else this.#onFree(this.#adopt(socket))
      if (this.#closed) socket?.destroy()
      this.#openIfAllowed()
    })
  }

  /** The request that has waited longest fails: connections and waiting requests are not paired. */
  #failed(error: Error): void {
    this.#line.next()?.fail(new ConnectError(error))
    this.#openIfAllowed()
  }

  #onFree(connection: Connection): void {
    const now = this.#options.now()
    if (!connection.isUsable(now)) return
    if (now - connection.openedAt > this.#options.maxAgeMs) {
      connection.destroy()
      return
    }
    const ticket = this.#line.next()
    if (ticket) ticket.start(connection)
    else if (this.#retired) connection.destroy()
    else this.#idle.push(connection)
  }

  #onGone(connection: Connection): void {
    this.#connections.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at !== -1) this.#idle.splice(at, 1)
    this.#openIfAllowed()
  }

  #sweep(): void {
    const now = this.#options.now()
    for (const connection of this.#connections) connection.sweep(now)
    // As many as there are connections being opened are spared, the first ones: each opening has a time limit of its own.
    for (const ticket of this.#line.takeOverdue(now - this.#options.waitTimeoutMs, this.#connecting)) {
      ticket.fail(new OverloadedError('no connection was free in time'))
    }
  }
}
