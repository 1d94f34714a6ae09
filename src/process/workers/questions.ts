/**
 * Questions to another process, which may not answer. Each must be over within its timeout, whatever the process does.
 */

import type { SetTimer } from '../../timer.ts'

export class Questions {
  readonly #setTimer: SetTimer
  readonly #open = new Map<number, (value: unknown) => void>()
  #asked = 0

  constructor(setTimer: SetTimer) {
    this.#setTimer = setTimer
  }

  /** Resolves to undefined when there is no answer in time. */
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

  /** An answer that comes too late is ignored. */
  answer(id: number, value: unknown): void {
    const resolve = this.#open.get(id)
    this.#open.delete(id)
    resolve?.(value)
  }

  /** The process has ended: all open questions resolve to undefined. */
  abandon(): void {
    for (const id of [...this.#open.keys()]) this.answer(id, undefined)
  }
}
