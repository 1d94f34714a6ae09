/**
 * One round: asks the first source of a pool for its keys, and further sources only when that is needed. A source that
 * fails or publishes an unusable set must keep its last good one.
 */
import { parseJwkSet } from './jwk-set.ts'
import type { KeySource } from './source.ts'
import { faultText } from './source.ts'
import type { GoodSet } from './trusted-keys.ts'

export interface SourceState {
  readonly source: KeySource
  good: GoodSet | undefined
  /** The defects of its keys that were reported last, so that a lasting one is reported once. */
  rejected: string
}

export interface KeyRoundOptions {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Asks every source that has ever answered, so that withdrawals are seen. */
  readonly isBackground: boolean
  /** Whether a kid that a caller asks for is missing here. */
  readonly isIncomplete: (brought: ReadonlySet<string>) => boolean
  readonly report: (kind: 'fetched' | 'fetch_failed' | 'key_rejected', detail: string) => void
  readonly onGoodSet: (set: GoodSet) => void
  readonly onOver: (round: KeyRound) => void
}

export class KeyRound {
  readonly #options: KeyRoundOptions
  readonly #brought = new Set<string>()
  #isGood = false
  #isOver = false
  #error: string | undefined
  #step: Promise<void> = Promise.resolve()

  constructor(options: KeyRoundOptions) {
    this.#options = options
  }

  get startedAt(): number {
    return this.#options.startedAt
  }

  /** At least one source has given a usable set. */
  get isGood(): boolean {
    return this.#isGood
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** The error of the most preferred source that failed. */
  get error(): string | undefined {
    return this.#error
  }

  /**
   * The fetch that runs now; never rejects. Code that awaits it continues after the round has dealt with its result.
   */
  get step(): Promise<void> {
    return this.#step
  }

  /** A file is read synchronously: a round that has no other source is over when this returns. */
  async run(sources: readonly SourceState[]): Promise<void> {
    for (const state of sources) {
      if (!this.#needs(state)) continue
      this.#step = this.#read(state)
      if (state.source.kind === 'uri') await this.#step
    }
    this.#isOver = true
    this.#options.onOver(this)
  }

  #needs(state: SourceState): boolean {
    if (!this.#isGood) return true
    if (this.#options.isBackground && state.good !== undefined) return true
    return this.#options.isIncomplete(this.#brought)
  }

  async #read(state: SourceState): Promise<void> {
    const { source } = state
    try {
      this.#accept(state, source.kind === 'file' ? source.read() : await source.read())
    } catch (error) {
      const fault = `${source.name}: ${faultText(error)}`
      this.#error ??= fault
      this.#options.report('fetch_failed', fault)
    }
  }

  #accept(state: SourceState, bytes: Uint8Array): void {
    const { startedAt, report, onGoodSet } = this.#options
    const { keys, rejected } = parseJwkSet(bytes, { allowLeakedKeys: state.source.isEmulator })
    this.#isGood = true
    for (const { kid } of keys) this.#brought.add(kid)
    state.good = { keys, fetchedAt: startedAt }
    onGoodSet(state.good)
    report('fetched', state.source.name)
    const defects = rejected.join('; ')
    if (defects !== state.rejected && defects !== '') report('key_rejected', `${state.source.name}: ${defects}`)
    state.rejected = defects
  }
}
