/**
 * One relayed WebSocket, from the caller's handshake until both sides are closed: when it ends, and with which words. It
 * never outlives its token, and no error of the upstream reaches the caller.
 */
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { Cancel } from '../connect.ts'
import { ConnectError } from '../connect.ts'
import { UpstreamTimeoutError } from '../connection.ts'
import type { Running } from '../forward.ts'
import { ProtocolError } from '../response-head.ts'
import { failureReason } from '../upstream.ts'
import type { Upgrade, WebSocketOptions } from './web-sockets.ts'
import { expireInTime } from './web-sockets.ts'

export interface SocketRelayParts extends WebSocketOptions {
  readonly upgrade: Upgrade
  /** The upstream's, final, as lines. */
  readonly headers: string
  /** Told when both sides are closed. */
  readonly onGone: () => void
}

export class SocketRelay implements Running {
  readonly headers: string
  /** Path and query as received. */
  readonly target: string
  readonly #parts: SocketRelayParts
  #cancel: Cancel | undefined
  #late: NodeJS.Timeout | undefined
  #asked: WebSocket | undefined
  #source: WebSocket | undefined
  #leaving = false

  constructor(parts: SocketRelayParts) {
    this.#parts = parts
    this.headers = parts.headers
    this.target = parts.upgrade.req.url ?? '/'
    parts.upgrade.req.socket.once('close', () => this.#onClose())
  }

  connect(done: (error: Error | null, socket?: Socket) => void): void {
    const { upstream, settings } = this.#parts
    const timeout = new UpstreamTimeoutError('no answer to the handshake in time')
    this.#cancel = upstream.connect((error, socket) => {
      if (error) {
        done(new ConnectError(error))
        return
      }
      this.#late = setTimeout(() => this.#fail(timeout), settings.responseTimeoutMs)
      done(null, socket)
    }, 'keep')
  }

  /** The caller has its 101, and `target` is to be the upstream's side. */
  ask(target: WebSocket): void {
    this.#asked = target
    this.#parts.upgrade.becomeTunnel()
    // Messages that arrive before it is open wait for it, each as a listener.
    target.setMaxListeners(0)
    target.once('error', (error) => this.#fail(readError(error)))
    target.once('unexpected-response', (_request, { statusCode }) =>
      this.#fail(new ProtocolError(`the handshake is answered with ${statusCode}`)),
    )
    target.once('close', () => this.#onClose())
  }

  /** Both sides are open. */
  opened(source: WebSocket, target: WebSocket): void {
    clearTimeout(this.#late)
    if (source.readyState !== WebSocket.OPEN) {
      target.close(1001)
      return
    }
    this.#source = source
    this.#parts.upgrade.onAnswer()
    passEnd(source, target, 1001)
    passEnd(target, source, 1011)
    this.#endInTime(source, target)
    if (this.#leaving) source.close(1001)
  }

  /** The gate goes away, and so does what opens from here on. */
  leave(): void {
    this.#leaving = true
    this.#source?.close(1001)
  }

  destroy(): void {
    this.#parts.upgrade.req.socket.destroy()
    this.#cancel?.()
    this.#asked?.terminate()
  }

  /** While the upstream is asked; from then on the two sides hear of it themselves. */
  onCallerGone(): void {
    if (this.#source) return
    this.#cancel?.()
    this.#asked?.terminate()
  }

  #onClose(): void {
    const isUpstreamClosed = this.#asked === undefined || this.#asked.readyState === WebSocket.CLOSED
    if (isUpstreamClosed) clearTimeout(this.#late)
    if (isUpstreamClosed && this.#parts.upgrade.req.socket.closed) this.#parts.onGone()
  }

  #endInTime(source: WebSocket, target: WebSocket): void {
    const { settings, now, gauge, upgrade } = this.#parts
    const { expiresAtMs, req } = upgrade
    const expiry = expireInTime(expiresAtMs, now(), () => expire(source, target))
    req.socket.setTimeout(settings.idleTimeoutMs, () => source.close(1001, 'idle'))
    keepAlive(target, () => source.close(1011))
    gauge.inc()
    source.once('close', () => {
      clearTimeout(expiry)
      gauge.dec()
    })
  }

  /** The plugin closes the caller's side with 1011. */
  #fail(error: Error): void {
    const { upgrade } = this.#parts
    if (this.#source || upgrade.req.socket.destroyed) return
    upgrade.onFailure(failureReason(error), error)
    this.#asked?.terminate()
  }
}

/** Nothing a caller sends from here on is passed on, though it need not answer the close. */
function expire(source: WebSocket, target: WebSocket): void {
  source.removeAllListeners('message')
  for (const side of [source, target]) side.close(1008, 'token_expired')
}

/** The plugin has codes of its own for an end without a code and for one without a close frame. */
function passEnd(from: WebSocket, to: WebSocket, lostCode: number): void {
  from.prependOnceListener('close', (code) => {
    if (code === 1005) to.close()
    if (code === 1006) to.close(lostCode)
  })
}

/** What the WebSocket client and Node's parser find wrong is what the upstream has answered. */
function readError(error: Error & { readonly code?: string }): Error {
  const isOfConnection = error instanceof ConnectError || error.code === 'ECONNRESET'
  return isOfConnection ? error : new ProtocolError(error.message)
}

const defaultPingMs = 30_000

/** Pings until the socket closes; one that has not said a word by the next is `onDead`, and cut. */
export function keepAlive(target: WebSocket, onDead: () => void, everyMs = defaultPingMs): void {
  let answered = true
  // The plugin would pass on the answer to a ping that the caller never sent.
  target.removeAllListeners('pong')
  const hear = (): void => {
    answered = true
  }
  for (const word of ['pong', 'ping', 'message']) target.on(word, hear)
  const pings = setInterval(() => {
    // While a slow caller keeps it from being read, its answers are not either.
    if (answered || target.isPaused) {
      answered = false
      target.ping()
      return
    }
    onDead()
    target.terminate()
  }, everyMs).unref()
  target.once('close', () => clearInterval(pings))
}
