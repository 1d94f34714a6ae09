/**
 * How far V8 lets its heap grow before it collects. Bounds nothing else: a heap that has to be larger becomes so.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'

export interface Heap {
  /** What V8 may take at most; Node.js derives it from the memory of the machine or container. */
  readonly limitBytes: number
  readonly setFlag: (flag: string) => void
}

/** From here on V8 waits until a heap is four times what the last collection left; below, until it has doubled at most. */
const generousBytes = 2 * 1024 ** 3

/** On a large machine, doubled is enough too: the pages of a peak stay resident for as long as there is load (ADR 0017). */
export function boundHeapGrowth({ limitBytes, setFlag }: Heap = processHeap()): void {
  if (limitBytes >= generousBytes) setFlag('--heap-growing-percent=100')
}

function processHeap(): Heap {
  return { limitBytes: getHeapStatistics().heap_size_limit, setFlag: setFlagsFromString }
}
