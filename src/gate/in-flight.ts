/**
 * How many exchanges and tunnels are open, and when the last one ends. Knows nothing of what they are.
 */

export class InFlight {
  #count = 0
  #waiting: (() => void)[] = []

  get count(): number {
    return this.#count
  }

  enter(): void {
    this.#count++
  }

  leave(): void {
    this.#count--
    if (this.#count > 0) return
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Resolves at once when nothing is open. */
  whenIdle(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }
}
