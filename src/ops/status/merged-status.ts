/**
 * The parts of several processes as one. A counter must not fall: what a process counted before it ended or stopped
 * answering stays in the sum.
 */
import type { StatusPart } from './status.ts'
import { mergeParts, totalsOf } from './status.ts'

export class MergedStatus {
  #kept: StatusPart = mergeParts([])
  readonly #last = new Map<number, StatusPart>()

  report(worker: number, part: StatusPart): void {
    this.#last.set(worker, part)
  }

  /** Another process may take its place and count from zero. */
  ended(worker: number): void {
    const last = this.#last.get(worker)
    this.#last.delete(worker)
    if (last) this.#kept = mergeParts([this.#kept, totalsOf(last)])
  }

  /** A worker that is not among `answered` counts with its last totals. */
  whole(answered: ReadonlySet<number>): StatusPart {
    const workers = [...this.#last].map(([worker, part]) => (answered.has(worker) ? part : totalsOf(part)))
    return mergeParts([this.#kept, ...workers])
  }
}
