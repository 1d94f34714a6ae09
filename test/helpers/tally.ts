/** A count that can be awaited, so that a test waits for an event and never for time. */
export interface Tally {
  readonly count: number
  add(): void
  /** Resolves once the count is at least this. */
  reached(count: number): Promise<void>
}

export function createTally(): Tally {
  let count = 0
  let waiting: { readonly target: number; readonly resolve: () => void }[] = []
  return {
    get count() {
      return count
    },
    add() {
      count += 1
      const due = waiting.filter(({ target }) => target <= count)
      waiting = waiting.filter(({ target }) => target > count)
      for (const { resolve } of due) resolve()
    },
    reached(target) {
      if (target <= count) return Promise.resolve()
      return new Promise((resolve) => waiting.push({ target, resolve }))
    },
  }
}
