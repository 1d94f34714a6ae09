/**
 * Who waits for a connection, in the order of their coming. Never decides how many may wait, or how long: that is the
 * pool's.
 */
import type { PoolTicket } from './ticket.ts'

export class WaitingLine {
  /** To the time of its coming, of `performance.now()`. */
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

  /** Takes out who waits longest. */
  next(): PoolTicket | undefined {
    for (const ticket of this.#since.keys()) {
      this.#since.delete(ticket)
      return ticket
    }
    return undefined
  }

  /** Takes out, one after the other, who came at `latest` or before, but for the first `spared`. */
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
