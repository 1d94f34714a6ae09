/**
/**
 * The connections to the upstream: as many as configured, the warmest used first, callers waiting in a line that is
 * bounded in length and time. Nothing is sent twice but a safe request without a body whose used connection ended instead
 * of answering; that once, and on a new connection.
 */
import type { Socket } from 'node:net'
import type { Connected } from './connect.ts'
import { ConnectError } from './connect.ts'
import type { ConnectionOptions, ExchangeHandler, Resender, UpstreamRequest } from './connection.ts'
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
  readonly connect: (done: Connected) => void
}

/** An exchange that has been asked for; its connection once it has one. */
export interface Ticket {
  /** The caller is gone: nothing of the exchange is needed any more. */
  abort(): void
  resume(): void
}

/** What an exchange asks of its pool. */
interface Line {
  /** Whether it was in line. */
  leave(exchange: Exchange): boolean
  /** A connection for it alone. */
  renew(exchange: Exchange): void
}

/** Nothing of the request has left: every connection is busy, and the line full or too slow. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError'
}

/** Of RFC 9110 section 9.2.1: sent twice, they do what they do once. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

class Exchange implements Ticket, Resender {
  readonly request: UpstreamRequest
  readonly handler: ExchangeHandler
  /** Of `performance.now()`; set when it has to wait for a connection. */
  waitingSince = 0
  isAborted = false
  readonly #line: Line
  #connection: Connection | undefined

  constructor(request: UpstreamRequest, handler: ExchangeHandler, line: Line) {
    this.request = request
    this.handler = handler
    this.#line = line
    // A body can break off while its request still waits in line.
    request.body?.stream.on('error', (error) => line.leave(this) && handler.onError(error))
  }

  start(connection: Connection): void {
    this.#connection = connection
    const { method, body } = this.request
    connection.send(this.request, this.handler, body === undefined && safeMethods.has(method) ? this : undefined)
  }

  onStale(): void {
    this.#connection = undefined
    this.#line.renew(this)
  }

  abort(): void {
    this.isAborted = true
    if (this.#connection) this.#connection.abort(this.handler)
    else this.#line.leave(this)
  }

  resume(): void {
    this.#connection?.resume(this.handler)
  }

  /** Once it has left the line without a connection: what its caller still sends has no reader. */
  fail(error: Error): void {
    this.request.body?.stream.destroy()
    if (!this.isAborted) this.handler.onError(error)
  }
}

const longestSweepMs = 1000
const closing = 'the gate is closing'

export class UpstreamPool {
  readonly #options: PoolOptions
  readonly #line: Line
  readonly #connections = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #waiting = new Set<Exchange>()
  readonly #sweeper: NodeJS.Timeout
  #connecting = 0
  #renewing = 0
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#line = { leave: (exchange) => this.#waiting.delete(exchange), renew: (exchange) => this.#renew(exchange) }
    const { responseTimeoutMs, idleTimeoutMs, keepAliveMs, waitTimeoutMs } = options
    const shortestMs = Math.min(responseTimeoutMs, idleTimeoutMs, keepAliveMs, waitTimeoutMs)
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(longestSweepMs, Math.ceil(shortestMs / 4))).unref()
  }

  dispatch(request: UpstreamRequest, handler: ExchangeHandler): Ticket {
    const exchange = new Exchange(request, handler, this.#line)
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

  /** For one more connection. */
  get #hasRoom(): boolean {
    return this.#connections.size + this.#connecting + this.#renewing < this.#options.maxConnections
  }

  #isFull(): boolean {
    return !this.#hasRoom && this.#waiting.size - this.#connecting >= this.#options.maxWaiting
  }

  #nextWaiting(): Exchange | undefined {
    const [exchange] = this.#waiting
    if (exchange) this.#waiting.delete(exchange)
    return exchange
  }

  #openIfAllowed(): void {
    if (this.#closed || !this.#hasRoom || this.#connecting >= this.#waiting.size) return
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
  #renew(exchange: Exchange): void {
    this.#renewing++
    this.#options.connect((error, socket) => {
      this.#renewing--
      if (error) exchange.fail(new ConnectError(error))
      else if (this.#closed) exchange.fail(new Error(closing))
      else if (!exchange.isAborted) exchange.start(this.#adopt(socket))
      else this.#onFree(this.#adopt(socket))
      if (this.#closed) socket?.destroy()
      this.#openIfAllowed()
    })
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
