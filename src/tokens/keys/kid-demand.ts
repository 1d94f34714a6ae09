/**
 * The unknown kids that callers ask for: which of them the next round looks for, and how long a kid that was not found
 * must wait before it can cause another round. Its memory must stay bounded, because kids come from unverified tokens.
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
  /** The kids that the running round looks for. */
  #served: ReadonlySet<string> = new Set()
  #wanted = new Set<string>()

  constructor(cooldownMs: number) {
    this.#cooldownMs = cooldownMs
  }

  /** The kids that the running round looks for. */
  get served(): ReadonlySet<string> {
    return this.#served
  }

  /** The kids that were asked for since it started. */
  get wanted(): ReadonlySet<string> {
    return this.#wanted
  }

  /** False while the kid has to wait. A clock that was set back ends the wait. */
  mayAsk(kid: string, now: number): boolean {
    const miss = this.#missed.get(kid)
    if (miss === undefined) return true
    const pauseMs = this.#cooldownMs * 2 ** Math.min(miss.count, mostDoublings)
    return now - miss.missedAt >= pauseMs || now < miss.missedAt
  }

  /** The next round looks for the kid, unless the running one does or the kid has to wait. */
  want(kid: string, now: number): void {
    if (this.#wanted.size >= maxWanted || this.#served.has(kid)) return
    if (this.mayAsk(kid, now)) this.#wanted.add(kid)
  }

  /** A round starts: it looks for all kids that are wanted so far. */
  serve(): void {
    this.#served = this.#wanted
    this.#wanted = new Set()
  }

  /** A round succeeded: the kids that it did not find have to wait. Kids that were asked for meanwhile stay wanted. */
  settle(isKnown: (kid: string) => boolean, startedAt: number): void {
    for (const kid of this.#served) {
      if (isKnown(kid)) this.#missed.delete(kid)
      else this.#miss(kid, startedAt)
    }
    for (const kid of this.#wanted) if (isKnown(kid)) this.#wanted.delete(kid)
    this.#served = new Set()
  }

  /** A round failed, which says nothing about the kids: a caller that still wants one asks again. */
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
