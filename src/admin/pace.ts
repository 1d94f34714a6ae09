/**
 * Calls one behind the other with a pause, so that an administrator's list does not take the quota that sign-ins need.
 */

export interface Clock {
  /** Milliseconds, as Date.now. */
  readonly now: () => number
  readonly wait: (ms: number) => Promise<void>
}

export type Paced = <T>(call: () => Promise<T>) => Promise<T>

/** At most `perSecond` calls begin in a second. */
export function createPace(perSecond: number, { now, wait }: Clock): Paced {
  const pauseMs = 1000 / perSecond
  const state = { nextAt: 0 }
  return async (call) => {
    const early = state.nextAt - now()
    if (early > 0) await wait(early)
    state.nextAt = now() + pauseMs
    return await call()
  }
}
