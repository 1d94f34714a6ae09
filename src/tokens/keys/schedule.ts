/**
 * When the keys of one pool may and must be fetched: ahead of age with jitter, backoff after failure, a cooldown between
 * rounds that callers ask for. Arithmetic only; times are milliseconds on a clock that may jump.
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
  #dueAt = 0
  #failures = 0

  constructor(options: ScheduleOptions) {
    this.#options = options
  }

  begin(now: number): void {
    this.#startedAt = now
  }

  succeed(): void {
    const { refreshIntervalMs, random } = this.#options
    this.#failures = 0
    this.#dueAt = this.#startedAt + refreshIntervalMs * (0.8 + 0.2 * random())
  }

  /**
   * `trustedUntil`: while earlier keys still vouch, the next attempt is no later than their end. Without keys the gate
   * is shut, so the backoff never grows beyond the cooldown.
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

  /** Someone asked during the cooldown: the next round comes at its end. */
  pull(): void {
    this.#dueAt = Math.min(this.#dueAt, this.#startedAt + this.#options.cooldownMs)
  }

  /** Whether a caller may start a round. A clock that was set back ends the cooldown. */
  mayStart(now: number): boolean {
    return now - this.#startedAt >= this.#options.cooldownMs || now < this.#startedAt
  }

  /** No round is ever planned further ahead than one interval: a clock that was set back makes it due now. */
  dueAt(now: number): number {
    return this.#dueAt - now > this.#options.refreshIntervalMs ? now : this.#dueAt
  }
}
