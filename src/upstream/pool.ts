/**
 * The connections to the upstream: as many as configured, the warmest used first, callers waiting in a line that is
 * bounded in length and time. Nothing is sent twice but a safe request without a body whose used connection ended instead
 * of answering; that once, and on a new connection.
 */
import type { Socket } from 'node:net'
import { startSweep } from '../timer.ts'
import type { Connected } from './connect.ts'
import { ConnectError } from './connect.ts'
import type { ConnectionOptions } from './connection.ts'
import { Connection } from './connection.ts'
import type { ExchangeHandler, UpstreamRequest } from './exchange-handler.ts'
import type { Ticket, TicketPool } from './ticket.ts'
import { PoolTicket } from './ticket.ts'
import { WaitingLine } from './waiting-line.ts'

export interface PoolOptions extends Omit<ConnectionOptions, 'onFree' | 'onGone'> {
  readonly maxConnections: number
  /** Exchanges in line at most, beside those that a connection is being opened for. */
  readonly maxWaiting: number
  /** In line, before a connection is being opened. */
  readonly waitTimeoutMs: number
  /** A connection is replaced after this age, so that a changed DNS answer is followed. */
  readonly maxAgeMs: number
  /** Calls back within a time limit of its own. */
  readonly connect: (done: Connected) => void
}

/** Nothing of the request has left: every connection is busy, and the line full or too slow. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError'
}

const closing = 'the gate is closing'

export class UpstreamPool {
  readonly #options: PoolOptions
  readonly #line = new WaitingLine()
  readonly #connections = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #endSweep: () => void
  readonly #forTickets: TicketPool = {
    leave: (ticket) => this.#line.leave(ticket),
    renew: (ticket) => this.#renew(ticket),
  }
  #connecting = 0
  #renewing = 0
  #closed = false

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
    const now = performance.now()
    const connection = this.#takeIdle(now)
    if (connection) ticket.start(connection)
    else if (this.#isFull()) ticket.fail(new OverloadedError('too many wait for a connection'))
    else {
      this.#line.join(ticket, now)
      this.#openIfAllowed()
    }
    return ticket
  }

  /** Exchanges in line, those that a connection is being opened for included. */
  get waiting(): number {
    return this.#line.length
  }

  /** Ends every connection; exchanges that run or wait fail, and all that are asked for later. */
  close(): void {
    this.#closed = true
    this.#endSweep()
    const gone = new Error(closing)
    for (const connection of this.#connections) connection.destroy(gone)
    for (let ticket = this.#line.next(); ticket !== undefined; ticket = this.#line.next()) ticket.fail(gone)
  }

  #takeIdle(now: number): Connection | undefined {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.isUsable(now)) return connection
      connection.destroy()
    }
    return undefined
  }

  /** For one more connection. */
  get #hasRoom(): boolean {
    return this.#connections.size + this.#connecting + this.#renewing < this.#options.maxConnections
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
    })
    this.#connections.add(connection)
    return connection
  }

  /** In the place of the connection it has just lost, whose end is told later; not in line, which used ones serve. */
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

  /** The attempt was made for the one that waits longest. */
  #failed(error: Error): void {
    this.#line.next()?.fail(new ConnectError(error))
    this.#openIfAllowed()
  }

  #onFree(connection: Connection): void {
    const now = performance.now()
    if (!connection.isUsable(now)) return
    if (now - connection.openedAt > this.#options.maxAgeMs) {
      connection.destroy()
      return
    }
    const ticket = this.#line.next()
    if (ticket) ticket.start(connection)
    else this.#idle.push(connection)
  }

  #onGone(connection: Connection): void {
    this.#connections.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at !== -1) this.#idle.splice(at, 1)
    this.#openIfAllowed()
  }

  #sweep(): void {
    const now = performance.now()
    for (const connection of this.#connections) connection.sweep(now)
    // For the first of the line connections are being opened: the outcome of that is theirs.
    for (const ticket of this.#line.takeOverdue(now - this.#options.waitTimeoutMs, this.#connecting)) {
      ticket.fail(new OverloadedError('no connection was free in time'))
    }
  }
}
