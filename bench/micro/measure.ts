/**
 * The time of one call: batches long enough to be timed, the median of them. The result of every call is used, so that
 * none is optimised away.
 */
import { type Spread, spreadOf } from '../statistics.ts'

export interface MicroCase {
  readonly name: string
  readonly call: (n: number) => unknown
}

export interface MeasureOptions {
  readonly batches?: number
  readonly batchMs?: number
}

export function measureNanos(call: (n: number) => unknown, options: MeasureOptions = {}): Spread {
  const { batches = 15, batchMs = 100 } = options
  const size = batchSize(call, batchMs)
  return spreadOf(Array.from({ length: batches }, () => (runBatch(call, size) / size) * 1e6))
}

/** Warms up while it looks for the number of calls that fills a batch. */
function batchSize(call: (n: number) => unknown, batchMs: number): number {
  let size = 1
  while (runBatch(call, size) < batchMs) size *= 2
  return size
}

/** Milliseconds. */
function runBatch(call: (n: number) => unknown, size: number): number {
  let used = 0
  const started = performance.now()
  for (let n = 0; n < size; n++) if (call(n) !== undefined) used++
  const elapsed = performance.now() - started
  return used < 0 ? Number.NaN : elapsed
}
