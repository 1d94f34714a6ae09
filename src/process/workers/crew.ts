/**
 * All workers of a primary: started together and drained together. Logs and counts their starts and ends. Must not
 * serve a request or verify a token itself.
 */
import type { Config } from '../../config/config.ts'
import { FaultError } from '../../errors.ts'
import type { WorkerMetrics } from '../../ops/exposition/worker-metrics.ts'
import type { Logger } from '../../ops/log.ts'
import type { SetTimer } from '../../timer.ts'
import type { Fork } from './child.ts'
import { toError } from './fault.ts'
import type { RunOrder } from './messages.ts'
import type { SlotEnd } from './slot.ts'
import { Slot } from './slot.ts'

export interface CrewOptions {
  /** One for each worker. */
  readonly orders: readonly RunOrder[]
  /** As `SlotOptions.prepare`. */
  readonly prepare?: (order: RunOrder) => RunOrder
  readonly fork: Fork
  readonly log: Logger
  readonly metrics: WorkerMetrics
  readonly now: () => number
  readonly setTimer: SetTimer
  readonly onEnded: (worker: number) => void
}

/** The keys of a new user pool are fetched in it. */
const reloadTimeoutMs = 60_000

export class Crew {
  readonly #options: CrewOptions
  readonly slots: readonly Slot[]
  readonly #listening = Promise.withResolvers<string>()
  #phase: 'starting' | 'running' | 'failed' = 'starting'

  constructor(options: CrewOptions) {
    this.#options = options
    const { fork, now, setTimer, metrics, prepare } = options
    const events = {
      restarting: () => metrics.countRestart(),
      listening: (slot: Slot, url: string) => this.#heardOf(slot, url),
      ended: (slot: Slot, end: SlotEnd) => this.#ended(slot, end),
    }
    this.slots = options.orders.map(
      (order) => new Slot({ order, fork, events, now, setTimer, ...(prepare && { prepare }) }),
    )
  }

  get serving(): number {
    return this.slots.filter(({ state }) => state === 'serving').length
  }

  /**
   * Resolves to the URL when all listen. When a worker ends before that, all are killed and this rejects with the fault
   * of that worker: a port in use, for example, would end every worker that is started.
   */
  start(): Promise<string> {
    for (const slot of this.slots) slot.start()
    return this.#listening.promise
  }

  /**
   * All workers get this configuration, or all keep `before`: rejects with the fault of the first one that cannot use it. Workers
   * that are started later get the one that is in use then.
   */
  async reload(config: Config, before: Config): Promise<void> {
    const answers = await this.#reloadAll(config)
    const fault = answers.find((answer) => answer !== undefined)
    if (fault === undefined) return
    await this.#reloadAll(before)
    throw fault
  }

  /** The fault of each. */
  #reloadAll(config: Config): Promise<readonly (Error | undefined)[]> {
    return Promise.all(
      this.slots.map(async (slot) => {
        const wasServing = slot.state === 'serving'
        const answer = await slot.reload(config, reloadTimeoutMs)
        if (answer?.fault) return toError(answer.fault)
        const isSilent = answer === undefined && wasServing && slot.state === 'serving'
        return isSilent ? new FaultError(`worker ${slot.worker} did not answer`) : undefined
      }),
    )
  }

  /** Resolves when all have ended. Those that still run after `timeoutMs` are killed. */
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
