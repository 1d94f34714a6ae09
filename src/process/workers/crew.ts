/**
 * All workers: started together, drained together. Logs and counts what becomes of them; serves nobody and verifies
 * nothing itself.
 */
import { FaultError } from '../../errors.ts'
import type { Logger } from '../../ops/log.ts'
import type { WorkerMetrics } from '../../ops/worker-metrics.ts'
import type { SetTimer } from '../../timer.ts'
import type { Fork } from './child.ts'
import { toError } from './fault.ts'
import type { RunOrder } from './messages.ts'
import type { SlotEnd } from './slot.ts'
import { Slot } from './slot.ts'

export interface CrewOptions {
  /** Of the first worker, the second … */
  readonly orders: readonly RunOrder[]
  readonly fork: Fork
  readonly log: Logger
  readonly metrics: WorkerMetrics
  readonly now: () => number
  readonly setTimer: SetTimer
  readonly onEnded: (worker: number) => void
}

export class Crew {
  readonly #options: CrewOptions
  readonly slots: readonly Slot[]
  readonly #listening = Promise.withResolvers<string>()
  #phase: 'starting' | 'running' | 'failed' = 'starting'

  constructor(options: CrewOptions) {
    this.#options = options
    const { fork, now, setTimer, metrics } = options
    const events = {
      restarting: () => metrics.countRestart(),
      listening: (slot: Slot, url: string) => this.#heardOf(slot, url),
      ended: (slot: Slot, end: SlotEnd) => this.#ended(slot, end),
    }
    this.slots = options.orders.map((order) => new Slot({ order, fork, events, now, setTimer }))
  }

  get serving(): number {
    return this.slots.filter(({ state }) => state === 'serving').length
  }

  /**
   * Resolves to the URL when all listen. When one ends before that, all are ended and it rejects with what that one said:
   * a port in use would bring down every one that came after it.
   */
  start(): Promise<string> {
    for (const slot of this.slots) slot.start()
    return this.#listening.promise
  }

  /** Resolves when all have ended; those that have not by `timeoutMs` are killed. */
  async drain(timeoutMs: number): Promise<void> {
    const cancel = this.#options.setTimer(() => this.kill().catch(() => {}), timeoutMs)
    await Promise.all(this.slots.map((slot) => slot.drain()))
    cancel()
  }

  async kill(): Promise<void> {
    await Promise.all(this.slots.map((slot) => slot.kill()))
  }

  #heardOf({ worker, pid }: Slot, url: string): void {
    this.#options.log.info({ worker, pid }, 'worker started')
    if (this.#phase !== 'starting' || this.serving < this.slots.length) return
    this.#phase = 'running'
    this.#listening.resolve(url)
  }

  #ended({ worker }: Slot, { pid, code, signal, fault, restartMs }: SlotEnd): void {
    const { log, metrics, onEnded } = this.#options
    onEnded(worker)
    if (this.#phase === 'starting') {
      const how = signal ?? `exit code ${code}`
      this.#fail(
        fault ? toError(fault) : new FaultError(`worker ${worker} ended with ${how} before all were listening`),
      )
    }
    if (this.#phase === 'failed') return
    if (restartMs !== undefined && restartMs > 0) metrics.countDeniedRestart()
    const detail = fault && toError(fault).message
    log[restartMs === undefined ? 'info' : 'warn']({ worker, pid, code, signal, detail, restartMs }, 'worker ended')
  }

  #fail(error: Error): void {
    this.#phase = 'failed'
    this.kill().then(
      () => this.#listening.reject(error),
      () => {},
    )
  }
}
