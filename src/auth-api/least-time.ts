/**
 * Makes answers take the same time: the least one, or a whole multiple of it where the work took longer. How long Cognito
 * takes for a known and for an unknown user must not be seen.
 */

export interface Pace {
  /** 0: no least time. */
  readonly minTimeMs: number
  /** Milliseconds from any start; never goes back. */
  readonly elapsed: () => number
  /** Resolves after that time. */
  readonly wait: (ms: number) => Promise<void>
}

/** A rejection takes its time as well. */
export async function atLeast<T>({ minTimeMs, elapsed, wait }: Pace, work: () => Promise<T>): Promise<T> {
  if (minTimeMs === 0) return work()
  const startedAt = elapsed()
  try {
    return await work()
  } finally {
    const tookMs = elapsed() - startedAt
    const steps = Math.max(1, Math.ceil(tookMs / minTimeMs))
    await wait(steps * minTimeMs - tookMs)
  }
}
