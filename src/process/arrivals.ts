/**
 * A queue of events such as signals, which are taken one by one in the order in which they came. An event that comes
 * while nobody waits is kept.
 */

export class Arrivals<T extends string> {
  readonly #kept: T[] = []
  readonly #waiting: ((item: T) => void)[] = []

  push(item: T): void {
    const deliver = this.#waiting.shift()
    if (deliver) deliver(item)
    else this.#kept.push(item)
  }

  /** Resolves to the next event that was not taken yet, even if it came before the call. */
  next(): Promise<T> {
    const early = this.#kept.shift()
    return early === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(early)
  }
}
