/**
 * The unknown kids callers ask for: which of them the next round is made for, and which were missed so often that they
 * must wait before they cause another. Bounded throughout: kids come from unverified tokens.
 */

const maxWanted = 1000
const maxMissed = 1000
const mostDoublings = 6

interface Miss {
  readonly count: number
  readonly missedAt: number
}

export class KidDemand {
  readonly #cooldownMs: number
  readonly #missed = new Map<string, Miss>()
  /** What the running round is made for. */
  #served: ReadonlySet<string> = new Set()
  #wanted = new Set<string>()

  constructor(cooldownMs: number) {
    this.#cooldownMs = cooldownMs
  }

  /** What the running round was made for. */
  get served(): ReadonlySet<string> {
    return this.#served
  }

  /** What was asked for since it started. */
  get wanted(): ReadonlySet<string> {
    return this.#wanted
  }

  /** A clock that was set back ends the pause. */
  mayAsk(kid: string, now: number): boolean {
    const miss = this.#missed.get(kid)
    if (miss === undefined) return true
    const pauseMs = this.#cooldownMs * 2 ** Math.min(miss.count, mostDoublings)
    return now - miss.missedAt >= pauseMs || now < miss.missedAt
  }

  want(kid: string, now: number): void {
    if (this.#wanted.size >= maxWanted || this.#served.has(kid)) return
    if (this.mayAsk(kid, now)) this.#wanted.add(kid)
  }

  /** A round starts, made for everything wanted so far. */
  serve(): void {
    this.#served = this.#wanted
    this.#wanted = new Set()
  }

  /** A good round is over: kids it was made for and did not bring are missed; latecomers stay wanted. */
  settle(isKnown: (kid: string) => boolean, startedAt: number): void {
    for (const kid of this.#served) {
      if (isKnown(kid)) this.#missed.delete(kid)
      else this.#miss(kid, startedAt)
    }
    for (const kid of this.#wanted) if (isKnown(kid)) this.#wanted.delete(kid)
    this.#served = new Set()
  }

  /** A failed round says nothing about the kids: whoever still wants one asks again. */
  abandon(): void {
    this.#served = new Set()
    this.#wanted.clear()
  }

  #miss(kid: string, missedAt: number): void {
    const count = (this.#missed.get(kid)?.count ?? 0) + 1
    this.#missed.delete(kid)
    this.#missed.set(kid, { count, missedAt })
    if (this.#missed.size <= maxMissed) return
    const [oldest = ''] = this.#missed.keys()
    this.#missed.delete(oldest)
  }
}
