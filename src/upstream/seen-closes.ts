/**
 * How long a service keeps an idle connection, learned from the connections that it closes: most services do not say. What was
 * seen is forgotten after five to ten minutes, so that a restart of the service is not taken for its habit.
 */

const generationMs = 5 * 60_000

export class SeenCloses {
  #since = Number.NEGATIVE_INFINITY
  #shortestMs = Number.POSITIVE_INFINITY
  #shortestBeforeMs = Number.POSITIVE_INFINITY

  /** The service has closed a connection that was idle for so long. `now` from the same start each time. */
  add(idleMs: number, now: number): void {
    this.#forget(now)
    this.#shortestMs = Math.min(this.#shortestMs, idleMs)
  }

  /** The shortest idle time after which a connection was closed; infinite while nothing was seen. */
  shortestMs(now: number): number {
    this.#forget(now)
    return Math.min(this.#shortestMs, this.#shortestBeforeMs)
  }

  #forget(now: number): void {
    const ageMs = now - this.#since
    if (ageMs < generationMs) return
    const isNext = ageMs < 2 * generationMs
    this.#shortestBeforeMs = isNext ? this.#shortestMs : Number.POSITIVE_INFINITY
    this.#shortestMs = Number.POSITIVE_INFINITY
    this.#since = isNext ? this.#since + generationMs : now
  }
}
