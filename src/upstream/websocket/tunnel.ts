/**
 * An open tunnel: WebSocket bytes pass between a caller and the upstream until one of them, or the gate, ends it. The
 * gate must never change these bytes, and may put a close frame of its own (RFC 6455 section 7.4.1) only between two
 * frames.
 */
import type { Socket } from 'node:net'
import { releaseOnceWritten } from '../body-chunk.ts'
import { closeFrame, FrameTracker, maskedCloseFrame } from './frames.ts'

/** After one side or the gate has ended the tunnel, the connections have this long to close. */
const lingerMs = 5000

export class Tunnel {
  readonly #caller: Socket
  readonly #upstream: Socket
  readonly #down: TunnelFlow
  readonly #up: TunnelFlow
  readonly #onGone: () => void
  #lingering: NodeJS.Timeout | undefined

  /** `onGone` is called once both connections are closed. */
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

  /** The arguments are the bytes that each side has sent already. */
  start(fromCaller: Buffer, fromUpstream: Buffer): void {
    this.#down.start(fromUpstream)
    this.#up.start(fromCaller)
  }

  /** Sends the caller a close frame. Its answer still goes upstream, which ends the tunnel on that side. */
  close(code: number, reason?: string): void {
    this.#down.endWith(closeFrame(code, reason))
    this.#linger()
  }

  /** Closes both sides with 1008. Nothing that the caller sends from now on is passed on. */
  expire(): void {
    this.#up.stop(maskedCloseFrame(1008, 'token_expired'))
    this.close(1008, 'token_expired')
  }

  destroy(): void {
    this.#caller.destroy()
    this.#upstream.destroy()
  }

  /** One connection is closed. Bytes written before still reach the other side, whose connection is then ended. */
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

/** One direction of a tunnel. It reads `from` no faster than `to` takes the bytes. */
class TunnelFlow {
  readonly #from: Socket
  readonly #to: Socket
  readonly #frames = new FrameTracker()
  #last: Buffer | undefined
  #over = false

  constructor(from: Socket, to: Socket) {
    this.#from = from
    this.#to = to
  }

  /** `early` holds the bytes that `from` has sent already. */
  start(early: Buffer): void {
    this.#to.on('drain', () => this.#from.resume())
    this.#from.on('data', (chunk: Buffer) => this.#pass(chunk))
    this.#from.once('end', () => this.cut())
    this.#pass(early)
    if (!this.#to.writableNeedDrain) this.#from.resume()
  }

  /** Passes on the rest of the current frame, then sends `frame` and ends. No `frame` if a close frame was the last. */
  endWith(frame: Buffer): void {
    this.#last ??= frame
    if (this.#frames.isAtBoundary) this.#finish()
  }

  /** Ends at once: with `frame` if the flow is between two frames, otherwise without it. */
  stop(frame: Buffer): void {
    if (this.#frames.isAtBoundary) this.endWith(frame)
    else this.cut()
  }

  /** Ends `to`. What `from` still sends is read and dropped: a socket that is not read never reports its end. */
  cut(): void {
    if (this.#over) return
    this.#over = true
    this.#to.end()
    this.#from.resume()
  }

  #pass(chunk: Buffer): void {
    if (this.#over || chunk.length === 0) return
    const taken = this.#frames.advance(chunk, this.#last !== undefined)
    this.#write(taken === chunk.length ? chunk : chunk.subarray(0, taken))
    if (this.#last !== undefined && this.#frames.isAtBoundary) this.#finish()
  }

  /** Writes a copy: a chunk of the upstream is valid only until this returns. */
  #write(chunk: Buffer): void {
    if (!this.#to.writable) {
      this.cut()
      return
    }
    const copy = Buffer.from(chunk)
    if (!this.#to.write(copy, releaseOnceWritten(copy))) this.#from.pause()
  }

  #finish(): void {
    if (this.#last && !this.#over && !this.#frames.isClosed) this.#to.write(this.#last)
    this.cut()
  }
}
