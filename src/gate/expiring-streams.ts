/**
 * Ends answers that outlive the token of their request, such as event streams. Made only where `auth.endStreamsAtExpiry` asks for
 * it. One sweep looks at all of them; knows nothing of what they carry.
 */
import { startSweep } from '../timer.ts'

export interface ExpiringStream {
  /** Milliseconds since the epoch; undefined: never. */
  readonly expiresAtMs: number | undefined
  expire(): void
}

export class ExpiringStreams {
  readonly #streams = new Set<ExpiringStream>()
  readonly #now: () => number
  readonly stop: () => void

  /** `now` in milliseconds since the epoch. */
  constructor(now: () => number, start = startSweep) {
    this.#now = now
    this.stop = start(Number.POSITIVE_INFINITY, () => this.#sweep())
  }

  add(stream: ExpiringStream): void {
    if (stream.expiresAtMs !== undefined) this.#streams.add(stream)
  }

  /** Its answer is over. */
  remove(stream: ExpiringStream): void {
    this.#streams.delete(stream)
  }

  #sweep(): void {
    const now = this.#now()
    for (const stream of this.#streams) {
      if (stream.expiresAtMs === undefined || stream.expiresAtMs > now) continue
      this.#streams.delete(stream)
      stream.expire()
    }
  }
}
