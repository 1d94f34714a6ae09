/**
 * The queue of requests that wait for a connection, in order of arrival. It must never decide how many may wait, or how
 * long: the pool does.
 */
import type { PoolTicket } from './ticket.ts'

export class WaitingLine {
  /** Each ticket with the time of its arrival, from `performance.now()`. */
  readonly #since = new Map<PoolTicket, number>()

  get length(): number {
    return this.#since.size
  }

  join(ticket: PoolTicket, now: number): void {
    this.#since.set(ticket, now)
  }

  leave(ticket: PoolTicket): void {
    this.#since.delete(ticket)
  }

  /** Removes and returns the ticket that has waited longest. */
  next(): PoolTicket | undefined {
    for (const ticket of this.#since.keys()) {
      this.#since.delete(ticket)
      return ticket
    }
    return undefined
  }

  /** Removes and yields the tickets that arrived at `latest` or before, except the first `spared` of the queue. */
  *takeOverdue(latest: number, spared: number): Generator<PoolTicket, void, void> {
    let place = 0
    for (const [ticket, since] of this.#since) {
      if (place++ < spared) continue
      if (since > latest) return
      this.#since.delete(ticket)
      yield ticket
    }
  }
}
