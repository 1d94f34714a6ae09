/**
 * When the keys of a pool may and must be fetched: before the end of the refresh interval, with a backoff after
 * failures, and with a cooldown between rounds that callers cause. A good round that nobody asked for leaves them theirs: the keys
 * may change right after it. Arithmetic only. Times are milliseconds on a clock
 * that may jump.
 */

export interface ScheduleOptions {
  readonly refreshIntervalMs: number
  readonly cooldownMs: number
  /** 0 to 1. */
  readonly random: () => number
}

const firstBackoffMs = 1000

export class RefreshSchedule {
  readonly #options: ScheduleOptions
  #startedAt = Number.NEGATIVE_INFINITY
  /** When callers last caused a round. */
  #askedAt = Number.NEGATIVE_INFINITY
  #isPulled = false
  #dueAt = 0
  #failures = 0

  constructor(options: ScheduleOptions) {
    this.#options = options
  }

  /** A round that was pulled forward counts as one that callers ask for. */
  begin(now: number, cause: 'asked' | 'due' = 'due'): void {
    this.#startedAt = now
    if (cause === 'asked' || this.#isPulled) this.#askedAt = now
    this.#isPulled = false
  }

  succeed(): void {
    const { refreshIntervalMs, random } = this.#options
    this.#failures = 0
    this.#dueAt = this.#startedAt + refreshIntervalMs * (0.8 + 0.2 * random())
  }

  /**
   * While keys are trusted, the next attempt is not later than `trustedUntil`. Without keys every token is refused, so
   * the backoff does not grow beyond the cooldown.
   */
  fail(now: number, trustedUntil: number): void {
    const { refreshIntervalMs, cooldownMs, random } = this.#options
    const hasKeys = now < trustedUntil
    const longestMs = hasKeys ? refreshIntervalMs : Math.min(refreshIntervalMs, Math.max(cooldownMs, firstBackoffMs))
    const backoffMs = Math.min(longestMs, firstBackoffMs * 2 ** this.#failures)
    const retryAt = now + backoffMs * (0.5 + 0.5 * random())
    this.#failures++
    this.#dueAt = hasKeys ? Math.min(retryAt, trustedUntil) : retryAt
  }

  /** A caller asked during the cooldown: the next round starts when the cooldown ends. */
  pull(): void {
    const endsAt = Math.max(this.#startedAt, this.#cooldownFrom + this.#options.cooldownMs)
    if (endsAt >= this.#dueAt) return
    this.#dueAt = endsAt
    this.#isPulled = true
  }

  /** Whether a caller may start a round. A clock that was set back ends the cooldown. */
  mayStart(now: number): boolean {
    const from = this.#cooldownFrom
    return now - from >= this.#options.cooldownMs || now < from
  }

  get #cooldownFrom(): number {
    return this.#failures === 0 ? this.#askedAt : this.#startedAt
  }

  /**
   * No round is planned further ahead than one interval. If one seems to be, the clock was set back and it is due now.
   */
  dueAt(now: number): number {
    return this.#dueAt - now > this.#options.refreshIntervalMs ? now : this.#dueAt
  }
}
