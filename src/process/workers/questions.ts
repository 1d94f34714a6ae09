/**
 * Questions to one process that may never be answered. Each is over within its time, whatever the process does.
 */

import type { SetTimer } from '../../timer.ts'

export class Questions {
  readonly #setTimer: SetTimer
  readonly #open = new Map<number, (value: unknown) => void>()
  #asked = 0

  constructor(setTimer: SetTimer) {
    this.#setTimer = setTimer
  }

  /** Undefined when nobody answered in time. */
  ask(send: (id: number) => void, timeoutMs: number): Promise<unknown> {
    const id = ++this.#asked
    const { promise, resolve } = Promise.withResolvers<unknown>()
    const cancel = this.#setTimer(() => this.answer(id, undefined), timeoutMs)
    this.#open.set(id, (value) => {
      cancel()
      resolve(value)
    })
    send(id)
    return promise
  }

  /** An answer that comes too late has no question any more. */
  answer(id: number, value: unknown): void {
    const resolve = this.#open.get(id)
    this.#open.delete(id)
    resolve?.(value)
  }

  /** Nobody is left to answer. */
  abandon(): void {
    for (const id of [...this.#open.keys()]) this.answer(id, undefined)
  }
}
