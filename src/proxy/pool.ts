/**
 * The connections to the upstream: as many as configured, the warmest used first, callers waiting in a line that is
 * bounded in length and time. Nothing is ever sent twice: an exchange that fails has failed.
 */
import type { Socket } from 'node:net'
import type { ConnectionOptions, ExchangeHandler, UpstreamRequest } from './connection.ts'
import { Connection } from './connection.ts'

export interface PoolOptions extends Omit<ConnectionOptions, 'onFree' | 'onGone'> {
  readonly maxConnections: number
  /** Exchanges in line at most, beside those that a connection is being opened for. */
  readonly maxWaiting: number
  /** In line, before a connection is being opened. */
  readonly waitTimeoutMs: number
  /** A connection is replaced after this age, so that a changed DNS answer is followed. */
  readonly maxAgeMs: number
  /** Calls back within a time limit of its own. */
  readonly connect: (done: (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void) => void
}

/** An exchange that has been asked for; its connection once it has one. */
export interface Ticket {
  /** The caller is gone: nothing of the exchange is needed any more. */
  abort(): void
  resume(): void
}

/** No connection could be opened: nothing of the request has left. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly code: string | undefined

  constructor(cause: Error & { readonly code?: string }) {
    super(cause.message, { cause })
    this.code = cause.code
  }
}

/** Nothing of the request has left: every connection is busy, and the line full or too slow. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError'
}

class Exchange implements Ticket {
  readonly request: UpstreamRequest
  readonly handler: ExchangeHandler
  /** Of `performance.now()`; set when it has to wait for a connection. */
  waitingSince = 0
  readonly #leaveLine: (exchange: Exchange) => boolean
  #connection: Connection | undefined

  constructor(request: UpstreamRequest, handler: ExchangeHandler, leaveLine: (exchange: Exchange) => boolean) {
    this.request = request
    this.handler = handler
    this.#leaveLine = leaveLine
    // A body can break off while its request still waits in line.
    request.body?.stream.on('error', (error) => leaveLine(this) && handler.onError(error))
  }

  start(connection: Connection): void {
    this.#connection = connection
    connection.send(this.request, this.handler)
  }

  abort(): void {
    if (this.#connection) this.#connection.abort(this.handler)
    else this.#leaveLine(this)
  }

  resume(): void {
    this.#connection?.resume(this.handler)
  }

  /** Once it has left the line without a connection: what its caller still sends has no reader. */
  fail(error: Error): void {
    this.request.body?.stream.destroy()
    this.handler.onError(error)
  }
}

const longestSweepMs = 1000
const closing = 'the gate is closing'

export class UpstreamPool {
  readonly #options: PoolOptions
  readonly #connections = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #waiting = new Set<Exchange>()
  readonly #sweeper: NodeJS.Timeout
  #connecting = 0
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
    const { responseTimeoutMs, idleTimeoutMs, keepAliveMs, waitTimeoutMs } = options
    const shortestMs = Math.min(responseTimeoutMs, idleTimeoutMs, keepAliveMs, waitTimeoutMs)
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(longestSweepMs, Math.ceil(shortestMs / 4))).unref()
  }

  dispatch(request: UpstreamRequest, handler: ExchangeHandler): Ticket {
    const exchange = new Exchange(request, handler, (leaving) => this.#waiting.delete(leaving))
    if (this.#closed) {
      exchange.fail(new Error(closing))
      return exchange
    }
    const now = performance.now()
    const connection = this.#takeIdle(now)
    if (connection) exchange.start(connection)
    else if (this.#isFull()) exchange.fail(new OverloadedError('too many wait for a connection'))
    else {
      exchange.waitingSince = now
      this.#waiting.add(exchange)
      this.#openIfAllowed()
    }
    return exchange
  }

  /** Exchanges in line, those that a connection is being opened for included. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Ends every connection; exchanges that run or wait fail, and all that are asked for later. */
  close(): void {
    this.#closed = true
    clearInterval(this.#sweeper)
    const gone = new Error(closing)
    for (const connection of this.#connections) connection.destroy(gone)
    for (let next = this.#nextWaiting(); next !== undefined; next = this.#nextWaiting()) next.fail(gone)
  }

  #takeIdle(now: number): Connection | undefined {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.isUsable(now)) return connection
      connection.destroy()
    }
    return undefined
  }

  #isFull(): boolean {
    if (this.#connections.size + this.#connecting < this.#options.maxConnections) return false
    return this.#waiting.size - this.#connecting >= this.#options.maxWaiting
  }

  #nextWaiting(): Exchange | undefined {
    const [exchange] = this.#waiting
    if (exchange) this.#waiting.delete(exchange)
    return exchange
  }

  #openIfAllowed(): void {
    if (this.#closed || this.#connections.size + this.#connecting >= this.#options.maxConnections) return
    if (this.#connecting >= this.#waiting.size) return
    this.#connecting++
    this.#options.connect((error, socket) => {
      this.#connecting--
      if (error) this.#failed(error)
      else this.#opened(socket)
    })
  }

  #opened(socket: Socket): void {
    if (this.#closed) {
      socket.destroy()
      return
    }
    const connection = new Connection(socket, {
      ...this.#options,
      onFree: (free) => this.#onFree(free),
      onGone: (gone) => this.#onGone(gone),
    })
    this.#connections.add(connection)
    this.#onFree(connection)
  }

  /** The attempt was made for the one that waits longest. */
  #failed(error: Error): void {
    this.#nextWaiting()?.fail(new ConnectError(error))
    this.#openIfAllowed()
  }

  #onFree(connection: Connection): void {
    const now = performance.now()
    if (!connection.isUsable(now)) return
    if (now - connection.openedAt > this.#options.maxAgeMs) {
      connection.destroy()
      return
    }
    const exchange = this.#nextWaiting()
    if (exchange) exchange.start(connection)
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
    for (const exchange of [...this.#waiting].slice(this.#connecting)) {
      if (now - exchange.waitingSince < this.#options.waitTimeoutMs) return
      this.#waiting.delete(exchange)
      exchange.fail(new OverloadedError('no connection was free in time'))
    }
  }
}
