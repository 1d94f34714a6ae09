/**
 * The life of a gate: its clock, what is open, whether it drains or keeps up. Knows nothing of what an exchange is.
 */
import { randomInt, randomUUID } from 'node:crypto'
import type { LoopWatch } from './loop-watch.ts'

export interface LifecycleOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly loop: LoopWatch
}

export class Lifecycle {
  readonly now: () => number
  readonly loop: LoopWatch
  readonly newRequestId = createRequestIds()
  #openCount = 0
  #waiting: (() => void)[] = []
  #isDraining = false
  #isClosed = false

  constructor({ now, loop }: LifecycleOptions) {
    this.now = now
    this.loop = loop
  }

  /** Exchanges and tunnels that are open. */
  get openCount(): number {
    return this.#openCount
  }

  /** Requests are still served, and their connections close behind the answer. Never taken back. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  /** What fails from here on is no fault. Never taken back. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  enter(): void {
    this.#openCount++
  }

  leave(): void {
    this.#openCount--
    if (this.#openCount > 0) return
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Resolves when nothing is open; at once when that is so. */
  whenIdle(): Promise<void> {
    return this.#openCount === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }

  drain(): void {
    this.#isDraining = true
  }

  close(): void {
    this.#isClosed = true
    this.loop.stop()
  }
}

/** The last three hexadecimal digits: writing a large number anew for every request takes ten times as long. */
const lastDigits = Array.from({ length: 4096 }, (_, low) => low.toString(16).padStart(3, '0'))

/**
 * Request ids in the form of a UUID: random once a process and counted from there. They tell exchanges apart in logs; they
 * are no secret and must never be used as one.
 */
export function createRequestIds(): () => string {
  const start = randomUUID().slice(0, 24)
  // Nine digits with them, the first of them 1: room for 10¹² ids, and no zeros to fill in.
  let high = 16 ** 8 + randomInt(16 ** 7)
  let low = 0
  let known = start + high.toString(16)
  return () => {
    if (low === lastDigits.length) {
      low = 0
      high += 1
      known = start + high.toString(16)
    }
    return known + lastDigits[low++]
  }
}
