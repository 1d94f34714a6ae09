/**
 * One direction of a tunnel: bytes as they come, no faster than they are taken. It can be ended with a frame of our own,
 * which never lands within one of theirs.
 */
import type { Socket } from 'node:net'
import { releaseOnceWritten } from '../body-chunk.ts'
import { FrameTracker } from './frames.ts'

export class TunnelFlow {
  readonly #from: Socket
  readonly #to: Socket
  readonly #frames = new FrameTracker()
  #last: Buffer | undefined
  #over = false

  constructor(from: Socket, to: Socket) {
    this.#from = from
    this.#to = to
  }

  /** `early` is what `from` has said already. */
  start(early: Buffer): void {
    this.#to.on('drain', () => this.#from.resume())
    this.#from.on('data', (chunk: Buffer) => this.#pass(chunk))
    this.#from.once('end', () => this.cut())
    this.#pass(early)
    if (!this.#to.writableNeedDrain) this.#from.resume()
  }

  /** The frame under way is finished, then `frame` is the last that `to` gets; unless a close frame has been the last. */
  endWith(frame: Buffer): void {
    this.#last ??= frame
    if (this.#frames.isAtBoundary) this.#finish()
  }

  /** At once: with `frame` where one may stand, else without. */
  stop(frame: Buffer): void {
    if (this.#frames.isAtBoundary) this.endWith(frame)
    else this.cut()
  }

  /** No more is passed on, and `to` is told so. What `from` still says is read and thrown away, or its end is not seen. */
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

  /** A copy: bytes of the upstream are on loan until this returns. */
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
