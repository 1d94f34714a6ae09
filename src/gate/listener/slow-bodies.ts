/**
 * How slowly the body of a request may come: an upload lives while it moves, however long it takes. Only time in which the gate
 * reads counts; a service that takes the body slowly must never be blamed on the caller.
 */
import type { Config } from '../../config/config.ts'

export type BodyLimits = Pick<Config['limits'], 'requestTimeoutMs' | 'bodyIdleMs' | 'bodyRateBytes' | 'bodyTimeoutMs'>

/** What a sweep sees of a body that is not whole yet. */
export interface BodySight {
  readonly req: object
  /** Received on the connection so far. */
  readonly bytes: number
  /** The gate reads it now. */
  readonly isAwaited: boolean
  /** The answer is complete already, and what still comes is thrown away. */
  readonly isAnswered: boolean
}

/** The rate is that of this long a stretch, so that one pause within it does no harm. */
const stretchMs = 30_000

/** The bodies of one connection, one after the other. */
export class BodyWatch {
  #last: BodySight
  #since: number
  #movedAt: number
  #stretch: { readonly since: number; readonly bytes: number }

  constructor(sight: BodySight, now: number) {
    this.#last = sight
    this.#since = now
    this.#movedAt = now
    this.#stretch = { since: now, bytes: sight.bytes }
  }

  /** `now` in milliseconds, from the same start each time. True only once for each body. */
  isSlow(sight: BodySight, limits: BodyLimits, now: number): boolean {
    const last = this.#last
    this.#last = sight
    const isOther = sight.req !== last.req || sight.isAnswered !== last.isAnswered
    if (isOther) this.#since = now
    if (isOther || !sight.isAwaited) this.#startStretch(sight, now)
    if (isOther || sight.bytes !== last.bytes || !sight.isAwaited) this.#movedAt = now
    if (!this.#isOver(sight, limits, now)) return false
    this.#since = Number.POSITIVE_INFINITY
    return true
  }

  #isOver({ bytes, isAnswered }: BodySight, limits: BodyLimits, now: number): boolean {
    if (this.#since === Number.POSITIVE_INFINITY) return false
    const totalMs = isAnswered ? limits.requestTimeoutMs : limits.bodyTimeoutMs
    if (totalMs !== undefined && now - this.#since >= totalMs) return true
    return now - this.#movedAt >= limits.bodyIdleMs || this.#isBelowRate(bytes, limits.bodyRateBytes, now)
  }

  #isBelowRate(bytes: number, leastRate: number | undefined, now: number): boolean {
    const ms = now - this.#stretch.since
    if (leastRate === undefined || ms < stretchMs) return false
    const received = bytes - this.#stretch.bytes
    this.#stretch = { since: now, bytes }
    return received < (leastRate * ms) / 1000
  }

  #startStretch({ bytes }: BodySight, now: number): void {
    this.#stretch = { since: now, bytes }
  }
}
