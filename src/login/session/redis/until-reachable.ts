/**
 * Repeats what must not be lost while Redis is away: tokens that were renewed, and sign-outs.
 */
import { StoreAway } from '../../../redis/store-away.ts'

const firstPauseMs = 250
const longestPauseMs = 5000
/** About ten minutes in all. */
const attempts = 125

/** Rejects with StoreAway when Redis stays away. What it runs may be run twice. */
export async function untilReachable<T>(run: () => Promise<T>, wait: (ms: number) => Promise<void>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof StoreAway) || attempt === attempts) throw error
      await wait(Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs))
    }
  }
}
