/**
 * An open WebSocket between a caller and the upstream: bytes pass both ways untouched until one side ends it, or the gate
 * does, with a close frame (RFC 6455 section 7.4.1) wherever one may stand.
 */
import type { Socket } from 'node:net'
import { closeFrame, maskedCloseFrame } from './frames.ts'
import { TunnelFlow } from './tunnel-flow.ts'

/** How long the other side has to end what one side, or the gate, has ended. */
const lingerMs = 5000

export class Tunnel {
  readonly #caller: Socket
  readonly #upstream: Socket
  readonly #down: TunnelFlow
  readonly #up: TunnelFlow
  readonly #onGone: () => void
  #lingering: NodeJS.Timeout | undefined

  /** `onGone` is told when both connections are. */
  constructor(caller: Socket, upstream: Socket, onGone: () => void) {
    this.#onGone = onGone
    this.#caller = caller
    this.#upstream = upstream
    this.#down = new TunnelFlow(upstream, caller)
    this.#up = new TunnelFlow(caller, upstream)
    for (const side of [caller, upstream]) {
      side.once('end', () => this.#linger())
      side.once('close', () => this.#onClose())
    }
  }

  /** What either side has said already. */
  start(fromCaller: Buffer, fromUpstream: Buffer): void {
    this.#down.start(fromUpstream)
    this.#up.start(fromCaller)
  }

  /** The caller is asked to end it; its answer goes upstream as any frame before it. */
  close(code: number, reason?: string): void {
    this.#down.endWith(closeFrame(code, reason))
    this.#linger()
  }

  /** Nothing a caller sends from here on is passed on. */
  expire(): void {
    this.#up.stop(maskedCloseFrame(1008, 'token_expired'))
    this.close(1008, 'token_expired')
  }

  destroy(): void {
    this.#caller.destroy()
    this.#upstream.destroy()
  }

  /** One side is gone: what it has left behind still reaches the other, which is gone then too. */
  #onClose(): void {
    this.#down.cut()
    this.#up.cut()
    this.#linger()
    if (!this.#caller.closed || !this.#upstream.closed) return
    clearTimeout(this.#lingering)
    this.#onGone()
  }

  #linger(): void {
    this.#lingering ??= setTimeout(() => this.destroy(), lingerMs).unref()
  }
}
