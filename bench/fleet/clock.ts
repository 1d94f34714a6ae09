/** A clock that jumps from one event to the next. Promises of one event are settled before the next one happens. */

export interface EventClock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Events of one time happen in the order in which they were planned. Returns what cancels the event. */
  at(timeMs: number, run: () => void): () => void
  /** Runs all events up to this time, and stops there. */
  runUntil(timeMs: number): Promise<void>
}

interface Planned {
  readonly timeMs: number
  readonly order: number
  readonly run: () => void
  isCancelled: boolean
}

export function createEventClock(startMs: number): EventClock {
  const heap: Planned[] = []
  const state = { nowMs: startMs, planned: 0 }
  return {
    now: () => state.nowMs,
    at(timeMs, run) {
      const event: Planned = { timeMs: Math.max(timeMs, state.nowMs), order: state.planned++, run, isCancelled: false }
      push(heap, event)
      return () => {
        event.isCancelled = true
      }
    },
    async runUntil(timeMs) {
      while ((heap[0]?.timeMs ?? Number.POSITIVE_INFINITY) <= timeMs) {
        const event = pop(heap)
        if (event === undefined || event.isCancelled) continue
        state.nowMs = event.timeMs
        event.run()
        // No promise here waits for anything but another promise or an event.
        if (heap[0]?.timeMs !== state.nowMs) await new Promise(setImmediate)
      }
      state.nowMs = timeMs
    },
  }
}

function isBefore(one: Planned | undefined, other: Planned | undefined): boolean {
  if (one === undefined || other === undefined) return one !== undefined
  return one.timeMs - other.timeMs < 0 || (one.timeMs === other.timeMs && one.order < other.order)
}

function push(heap: Planned[], event: Planned): void {
  let at = heap.push(event) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(heap[at], heap[parent])) return
    swap(heap, at, parent)
    at = parent
  }
}

function pop(heap: Planned[]): Planned | undefined {
  const [first] = heap
  const last = heap.pop()
  if (first === undefined || last === undefined || heap.length === 0) return first
  heap[0] = last
  let at = 0
  while (true) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    const child = isBefore(heap[right], heap[left]) ? right : left
    if (!isBefore(heap[child], heap[at])) return first
    swap(heap, at, child)
    at = child
  }
}

function swap(heap: Planned[], one: number, other: number): void {
  const [a, b] = [heap[one], heap[other]]
  if (a === undefined || b === undefined) return
  heap[one] = b
  heap[other] = a
}
