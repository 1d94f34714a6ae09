/**
 * One relayed WebSocket, from the caller's handshake until both sides are closed: when it ends, and with which close
 * code. It must never outlive its token, and never tell the caller why the upstream failed.
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
  /** All headers for the upstream, as lines with CRLF. Those of the WebSocket handshake are replaced before they go. */
  readonly headers: string
  /** Called once both sides are closed. */
  readonly onGone: () => void
}

export class SocketRelay implements Running {
  readonly headers: string
  /** Path and query of the caller's request, as received. */
  readonly requestTarget: string
  readonly #parts: SocketRelayParts
  #cancelConnect: Cancel | undefined
  #answerTimer: NodeJS.Timeout | undefined
  /** The upstream's side, from its handshake on. */
  #target: WebSocket | undefined
  /** The caller's side, once both sides are open. */
  #source: WebSocket | undefined
  #leaving = false

  constructor(parts: SocketRelayParts) {
    this.#parts = parts
    this.headers = parts.headers
    this.requestTarget = parts.upgrade.req.url ?? '/'
    parts.upgrade.req.socket.once('close', () => this.#onClose())
  }

  /** Opens the connection for the handshake with the upstream, whose time limit starts once it is open. */
  connect(done: (error: Error | null, socket?: Socket) => void): void {
    const { upstream, settings } = this.#parts
    const timeout = new UpstreamTimeoutError('the upstream did not answer the handshake in time')
    this.#cancelConnect = upstream.connect((error, socket) => {
      if (error) {
        done(new ConnectError(error))
        return
      }
      this.#answerTimer = setTimeout(() => this.#fail(timeout), settings.responseTimeoutMs)
      done(null, socket)
    }, 'keep')
  }

  /** `target` is the upstream's side, which sends its handshake now. The caller has its 101 already. */
  ask(target: WebSocket): void {
    this.#target = target
    this.#parts.upgrade.becomeTunnel()
    // Each message of the caller that waits for `target` to open is one more listener on it.
    target.setMaxListeners(0)
    target.once('error', (error) => this.#fail(readError(error)))
    target.once('unexpected-response', (_request, { statusCode }) =>
      this.#fail(new ProtocolError(`the upstream answered the handshake with ${statusCode}`)),
    )
    target.once('close', () => this.#onClose())
  }

  /** Both sides are open; `source` is the caller's. */
  opened(source: WebSocket, target: WebSocket): void {
    clearTimeout(this.#answerTimer)
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

  /** The gate drains: closes with 1001, now or as soon as both sides are open. */
  leave(): void {
    this.#leaving = true
    this.#source?.close(1001)
  }

  destroy(): void {
    this.#parts.upgrade.req.socket.destroy()
    this.#leaveUpstream()
  }

  /** Only needed while the upstream is being asked: once both sides are open, the end of one closes the other. */
  onCallerGone(): void {
    if (!this.#source) this.#leaveUpstream()
  }

  #leaveUpstream(): void {
    this.#cancelConnect?.()
    this.#target?.terminate()
  }

  #onClose(): void {
    const isUpstreamClosed = this.#target === undefined || this.#target.readyState === WebSocket.CLOSED
    if (isUpstreamClosed) clearTimeout(this.#answerTimer)
    if (isUpstreamClosed && this.#parts.upgrade.req.socket.closed) this.#parts.onGone()
  }

  #endInTime(source: WebSocket, target: WebSocket): void {
    const { settings, now, gauge, upgrade } = this.#parts
    const { req } = upgrade
    const stopExpiry = expireInTime(upgrade, now, () => expire(source, target))
    req.socket.setTimeout(settings.idleTimeoutMs, () => source.close(1001, 'idle'))
    keepAlive(target, () => source.close(1011))
    gauge.inc()
    source.once('close', () => {
      stopExpiry()
      gauge.dec()
    })
  }

  /** Records why the upstream's side did not open. The plugin then closes the caller's side with 1011. */
  #fail(error: Error): void {
    const { upgrade } = this.#parts
    if (this.#source || upgrade.req.socket.destroyed) return
    upgrade.onFailure(failureReason(error), error)
    this.#target?.terminate()
  }
}

/** Closes both sides with 1008. Nothing the caller sends from now on is passed on, even if it ignores the close. */
function expire(source: WebSocket, target: WebSocket): void {
  source.removeAllListeners('message')
  for (const side of [source, target]) side.close(1008, 'token_expired')
}

/**
 * Passes on an end without a code (1005) as it is, and an end without a close frame (1006) as `lostCode`. The plugin
 * would make 4005 and 4006 of them; this listener has to come before its own.
 */
function passEnd(from: WebSocket, to: WebSocket, lostCode: number): void {
  from.prependOnceListener('close', (code) => {
    if (code === 1005) to.close()
    if (code === 1006) to.close(lostCode)
  })
}

/** Unless the connection itself failed, the WebSocket client or Node's parser refused what the upstream answered. */
function readError(error: Error & { readonly code?: string }): Error {
  const isOfConnection = error instanceof ConnectError || error.code === 'ECONNRESET'
  return isOfConnection ? error : new ProtocolError(error.message)
}

const defaultPingMs = 30_000

/**
 * Finds an upstream that has vanished without closing its connection, even if no message is on its way there. Pings
 * `target` every `everyMs` (default: 30 s) until it closes. If nothing has come from it since the last ping, calls
 * `onDead` and terminates it.
 */
export function keepAlive(target: WebSocket, onDead: () => void, everyMs = defaultPingMs): void {
  let answered = true
  // The plugin would pass on the answer to a ping that the caller never sent.
  target.removeAllListeners('pong')
  const hear = (): void => {
    answered = true
  }
  for (const event of ['pong', 'ping', 'message']) target.on(event, hear)
  const pings = setInterval(() => {
    // While it is paused, because the caller is slow, its pongs are not read either.
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
