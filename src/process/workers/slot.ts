/**
 * The place of one worker: its process, and the next process when that one ends. After `drain` or `kill` no process may
 * be started.
 */
import type { Config } from '../../config/config.ts'
import type { SetTimer } from '../../timer.ts'
import { planRestart } from './backoff.ts'
import type { Child, Ending, Fork } from './child.ts'
import type { Answers, Fault, RunOrder, ToPrimary, Topic } from './messages.ts'
import { Questions } from './questions.ts'

export type SlotState = 'starting' | 'serving' | 'ended'

export interface SlotEvents {
  /** Just before a process is started in the place of one that ended. */
  restarting(): void
  listening(slot: Slot, url: string): void
  ended(slot: Slot, end: SlotEnd): void
}

export interface SlotEnd extends Ending {
  readonly pid: number | undefined
  /** Why it ended, if it said so. */
  readonly fault: Fault | undefined
  /** The time until the next start; undefined when there is none. */
  readonly restartMs: number | undefined
}

export interface SlotOptions {
  readonly order: RunOrder
  /** What is added to the order for each process that is started; default: nothing. */
  readonly prepare?: (order: RunOrder) => RunOrder
  readonly fork: Fork
  readonly events: SlotEvents
  /** Milliseconds on any clock that is never set back. */
  readonly now: () => number
  readonly setTimer: SetTimer
}

const lateMs = 60_000

export class Slot {
  readonly #options: SlotOptions
  readonly #questions: Questions
  readonly #over = Promise.withResolvers<void>()
  /** For the next process. */
  #config: Config
  /** What its process has. */
  #sent: Config | undefined
  #child: Child | undefined
  #state: SlotState = 'starting'
  #fault: Fault | undefined
  #startedAt = 0
  #quickEnds = 0
  #isStopping = false
  #cancelRestart = (): void => {}

  constructor(options: SlotOptions) {
    this.#options = options
    this.#config = options.order.config
    this.#questions = new Questions(options.setTimer)
  }

  get worker(): number {
    return this.#options.order.worker
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get state(): SlotState {
    return this.#state
  }

  start(): void {
    this.#state = 'starting'
    this.#fault = undefined
    this.#startedAt = this.#options.now()
    this.#child = this.#options.fork({
      heard: (message) => this.#hear(message),
      ended: (ending) => this.#end(ending),
    })
  }

  /** Undefined when the worker does not serve or does not answer in time. */
  async ask<T extends Exclude<Topic, 'reload'>>(about: T, timeoutMs: number): Promise<Answers[T] | undefined> {
    const child = this.#child
    if (!child || this.#state !== 'serving') return undefined
    // The answer has the type that belongs to the question: `id` connects the two.
    return this.#questions.ask((id) => child.send({ kind: 'ask', id, about }), timeoutMs) as Promise<
      Answers[T] | undefined
    >
  }

  /**
   * Its process, and every later one, gets this configuration. Undefined when the worker does not serve, or does not answer in
   * time.
   */
  async reload(config: Config, timeoutMs: number): Promise<Answers['reload'] | undefined> {
    this.#config = config
    const child = this.#child
    if (!child || this.#state !== 'serving') return undefined
    this.#sent = config
    const send = (id: number) => child.send({ kind: 'reload', id, config })
    return this.#questions.ask(send, timeoutMs) as Promise<Answers['reload'] | undefined>
  }

  reopenLogs(): void {
    this.#child?.send({ kind: 'reopen' })
  }

  /** Resolves when its process has ended. No other one is started. */
  drain(): Promise<void> {
    this.#stop()
    this.#child?.send({ kind: 'drain' })
    return this.#over.promise
  }

  kill(): Promise<void> {
    this.#stop()
    this.#child?.kill()
    return this.#over.promise
  }

  #stop(): void {
    this.#isStopping = true
    this.#cancelRestart()
    if (this.#child === undefined) this.#over.resolve()
  }

  #prepared(): RunOrder {
    const { order, prepare } = this.#options
    this.#sent = this.#config
    const own = { ...order, config: this.#config }
    return prepare ? prepare(own) : own
  }

  #hear(message: ToPrimary): void {
    if (message.kind === 'hello') this.#child?.send(this.#prepared())
    if (message.kind === 'answer') this.#questions.answer(message.id, message.value)
    if (message.kind === 'failed') this.#fault = message.fault
    if (message.kind === 'listening') {
      this.#state = 'serving'
      // It was asked to change while it started.
      if (this.#sent !== undefined && this.#sent !== this.#config) void this.reload(this.#config, lateMs)
      this.#options.events.listening(this, message.url)
    }
  }

  #end(ending: Ending): void {
    const { events, now } = this.#options
    const { pid } = this
    this.#child = undefined
    this.#state = 'ended'
    this.#questions.abandon()
    const { quickEnds, delayMs } = planRestart(this.#quickEnds, now() - this.#startedAt)
    this.#quickEnds = quickEnds
    const restartMs = this.#isStopping ? undefined : delayMs
    events.ended(this, { ...ending, pid, fault: this.#fault, restartMs })
    this.#goOn(delayMs)
  }

  /** Looks again, because code that was told of the end may have stopped the slot. */
  #goOn(delayMs: number): void {
    if (this.#isStopping) {
      this.#over.resolve()
      return
    }
    const restart = (): void => {
      this.#options.events.restarting()
      this.start()
    }
    this.#cancelRestart = this.#options.setTimer(restart, delayMs)
  }
}
