/**
 * Sets how far the heap of V8 grows before it is collected. It must not limit the heap: one that has to be larger
 * becomes larger.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'

export interface Heap {
  /** What V8 may take at most; Node.js derives it from the memory of the machine or container. */
  readonly limitBytes: number
  readonly setFlag: (flag: string) => void
}

/** With this limit or a higher one V8 lets a heap grow fourfold between collections; below, it doubles at most. */
const generousBytes = 2 * 1024 ** 3

/** Doubling is enough on large machines too: the memory of a peak stays in use as long as there is load (ADR 0017). */
export function boundHeapGrowth({ limitBytes, setFlag }: Heap = processHeap()): void {
  if (limitBytes >= generousBytes) setFlag('--heap-growing-percent=100')
}

function processHeap(): Heap {
  return { limitBytes: getHeapStatistics().heap_size_limit, setFlag: setFlagsFromString }
}
