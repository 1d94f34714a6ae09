/**
 * What happens from outside, taken one by one in the order it came; what comes while nobody waits is kept. Knows nothing
 * of what it is.
 */

export class Arrivals<T extends string> {
  readonly #kept: T[] = []
  readonly #waiting: ((item: T) => void)[] = []

  push(item: T): void {
    const deliver = this.#waiting.shift()
    if (deliver) deliver(item)
    else this.#kept.push(item)
  }

  /** The next one that nobody has taken yet; one that came before the call is not lost. */
  next(): Promise<T> {
    const early = this.#kept.shift()
    return early === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(early)
  }
}
