/** A clock that moves only when told to. */
export interface Clock {
  /** Milliseconds since the epoch; may be passed on detached. */
  now: () => number
  advance: (ms: number) => void
  set: (ms: number) => void
}

export function createClock(startMs = Date.now()): Clock {
  let currentMs = startMs
  return {
    now: () => currentMs,
    advance(ms) {
      currentMs += ms
    },
    set(ms) {
      currentMs = ms
    },
  }
}
