/**
 * WebSocket tunnels that are open or being opened: who may open one, when it ends, and the pressure between its sides.
 * A tunnel never outlives the token that opened it.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'

export interface Upgrade {
  /** Path and query as received. */
  readonly target: string
  /** Final, as lines. */
  readonly headers: string
  /** Milliseconds; undefined on public routes. */
  readonly expiresAtMs: number | undefined
}

export interface TunnelOptions {
  readonly idleTimeoutMs: number
  readonly now: () => number
  readonly gauge: { inc(): void; dec(): void }
  readonly inFlight: { enter(): void; leave(): void }
}

interface Admission {
  readonly upgrade: Upgrade
  readonly socket: Socket
}

/** Beyond this many unsent bytes the faster side of a tunnel is not read. */
const maxBufferedBytes = 1024 * 1024
const pressureCheckMs = 10
const maxTimerMs = 2 ** 31 - 1

export class Tunnels {
  readonly #options: TunnelOptions
  readonly #admitted = new WeakMap<IncomingMessage, Admission>()
  readonly #targets = new WeakMap<WebSocket, Admission>()
  readonly #sources = new Set<WebSocket>()
  readonly #sockets = new Set<Socket>()
  #draining = false

  constructor(options: TunnelOptions) {
    this.#options = options
  }

  /** The decision allowed this upgrade. */
  admit(request: IncomingMessage, upgrade: Upgrade): void {
    const { socket } = request
    this.#admitted.set(request, { upgrade, socket })
    this.#sockets.add(socket)
    this.#options.inFlight.enter()
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#options.inFlight.leave()
    })
  }

  admissionOf(request: IncomingMessage): Admission | undefined {
    return this.#admitted.get(request)
  }

  /** The upstream connection `target` is being opened for this admission; a caller who leaves meanwhile ends it. */
  bind(target: WebSocket, admission: Admission): void {
    this.#targets.set(target, admission)
    // Messages that arrive before it is open wait for it, each as a listener.
    target.setMaxListeners(0)
    admission.socket.once('close', () => {
      if (target.readyState === WebSocket.CONNECTING) target.terminate()
    })
  }

  /** Both sides are open. */
  opened(source: WebSocket, target: WebSocket): void {
    const admission = this.#targets.get(target)
    if (admission === undefined || source.readyState !== WebSocket.OPEN) {
      target.close()
      return
    }
    const { idleTimeoutMs, gauge } = this.#options
    const expiry = this.#closeAtExpiry(source, admission.upgrade.expiresAtMs)
    admission.socket.setTimeout(idleTimeoutMs, () => source.close(1001, 'idle'))
    this.#sources.add(source)
    gauge.inc()
    source.once('close', () => {
      clearTimeout(expiry)
      this.#sources.delete(source)
      gauge.dec()
    })
    if (this.#draining) source.close(1001)
  }

  /** Drain: the gate goes away (RFC 6455 section 7.4.1). */
  closeAll(): void {
    this.#draining = true
    for (const source of this.#sources) source.close(1001)
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #closeAtExpiry(source: WebSocket, expiresAtMs: number | undefined): NodeJS.Timeout | undefined {
    if (expiresAtMs === undefined) return undefined
    const leftMs = Math.min(Math.max(expiresAtMs - this.#options.now(), 0), maxTimerMs)
    return setTimeout(() => expire(source), leftMs).unref()
  }
}

/** Nothing a caller sends from here on is passed on, though it need not answer the close. */
function expire(source: WebSocket): void {
  source.removeAllListeners('message')
  source.close(1008, 'token_expired')
}

/** Stops reading one side while the other cannot keep up, or is not open yet. */
export function relieve(reader: WebSocket, writer: WebSocket): void {
  if (!isBehind(writer) || reader.isPaused) return
  reader.pause()
  const check = setInterval(() => {
    if (isBehind(writer)) return
    clearInterval(check)
    reader.resume()
  }, pressureCheckMs)
}

function isBehind({ readyState, bufferedAmount }: WebSocket): boolean {
  return readyState === WebSocket.CONNECTING || (readyState === WebSocket.OPEN && bufferedAmount >= maxBufferedBytes)
}
