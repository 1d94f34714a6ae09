/**
 * A thread that says when a request is due. Timers of the event loop know milliseconds only, and a loop that spins would
 * take the core from the upstream; a timed wait in a thread of its own does neither.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'

export interface Pace {
  readonly startMicros: number
  readonly intervalMicros: number
}

/** A process that has just been started compiles its code while requests are due: these do not count. */
export const WARM_UP_SECONDS = 1

/** Of one clock in all threads. */
export function microsNow(): number {
  return Number(process.hrtime.bigint()) / 1000
}

/** Posts the number of every arrival that is due, once for all that came due together. */
function keepPace({ startMicros, intervalMicros, total }: Pace & { readonly total: number }): void {
  const never = new Int32Array(new SharedArrayBuffer(4))
  let last = -1
  while (last < total - 1) {
    const now = microsNow()
    const due = Math.min(Math.floor((now - startMicros) / intervalMicros), total - 1)
    if (due > last) {
      last = due
      parentPort?.postMessage(last)
    } else Atomics.wait(never, 0, 0, (startMicros + (last + 1) * intervalMicros - now) / 1000)
  }
}

if (!isMainThread) keepPace(workerData as Pace & { readonly total: number })
