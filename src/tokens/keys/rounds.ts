/**
 * Decides when a pool asks its sources: one round at a time, when one is due or when callers ask for an unknown kid. No
 * flood of unknown kids may cause more than one round in a cooldown. Does not look at the keys that a round brings.
 */
import { maxKidChars } from './jwk-set.ts'
import { KidDemand } from './kid-demand.ts'
import type { KeyRoundOptions, SourceState } from './round.ts'
import { KeyRound } from './round.ts'
import type { ScheduleOptions } from './schedule.ts'
import { RefreshSchedule } from './schedule.ts'

export interface PoolRoundsOptions extends ScheduleOptions, Pick<KeyRoundOptions, 'report' | 'onGoodSet'> {
  /** In order of preference. */
  readonly sources: readonly SourceState[]
  /** The limit of one fetch. */
  readonly timeoutMs: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly isKnown: (kid: string) => boolean
  /** Milliseconds since the epoch until which the current keys are trusted. */
  readonly trustedUntil: () => number
  readonly onStart: (startedAt: number) => void
  /** A round is over, and at least one source has given a usable set. */
  readonly onGoodRound: () => void
}

export class PoolRounds {
  readonly #options: PoolRoundsOptions
  readonly #schedule: RefreshSchedule
  readonly #demand: KidDemand
  #round: KeyRound | undefined
  #lastError: string | undefined

  constructor(options: PoolRoundsOptions) {
    this.#options = options
    this.#schedule = new RefreshSchedule(options)
    this.#demand = new KidDemand(options.cooldownMs)
  }

  /** Why the last round failed; undefined when it succeeded. */
  get lastError(): string | undefined {
    return this.#lastError
  }

  /** Whether `ask` may be called for this kid. If not, the kid may bring the next round forward. */
  mayAsk(kid: string, now: number): boolean {
    if (kid === '' || kid.length > maxKidChars) return false
    if (this.#round !== undefined) return true
    if (now < this.#options.trustedUntil() && !this.#demand.mayAsk(kid, now)) return false
    if (this.#schedule.mayStart(now)) return true
    this.#demand.want(kid, now)
    this.#schedule.pull()
    return false
  }

  /** Whether a round for this kid would start now. Without any effect. */
  mayStart(kid: string, now: number): boolean {
    return this.#round === undefined && this.#demand.mayAsk(kid, now) && this.#schedule.mayStart(now)
  }

  /** Requires `mayAsk`. Joins the running round or starts one, and waits for the kid as long as that is worth it. */
  async ask(kid: string, isFound: () => boolean): Promise<KeyRound> {
    this.#demand.want(kid, this.#options.now())
    const round = this.#round ?? this.#start(false)
    do await round.step
    while (this.#isWorthWaiting(round) && !isFound())
    return round
  }

  /** Runs a background round, or waits for the end of the running one. Never rejects. */
  async refresh(): Promise<void> {
    const round = this.#round ?? this.#start(true)
    while (!round.isOver) await round.step
  }

  /** Milliseconds since the epoch; Infinity while a round is running. */
  nextDueAt(now: number): number {
    return this.#round === undefined ? this.#schedule.dueAt(now) : Number.POSITIVE_INFINITY
  }

  /** A caller waits through failures that are quick, but not for one slow source after the other. */
  #isWorthWaiting(round: KeyRound): boolean {
    return !round.isOver && this.#options.now() - round.startedAt < this.#options.timeoutMs / 2
  }

  #start(isBackground: boolean): KeyRound {
    const { now, report, sources, onStart, onGoodSet } = this.#options
    const startedAt = now()
    const round = new KeyRound({
      startedAt,
      isBackground,
      isIncomplete: (brought) => this.#lacks(brought),
      report,
      onGoodSet,
      onOver: (over) => this.#finish(over),
    })
    this.#round = round
    this.#demand.serve()
    this.#schedule.begin(startedAt, isBackground ? 'due' : 'asked')
    onStart(startedAt)
    void round.run(sources)
    return round
  }

  #lacks(brought: ReadonlySet<string>): boolean {
    const { served, wanted } = this.#demand
    return [...served, ...wanted].some((kid) => !brought.has(kid))
  }

  #finish(round: KeyRound): void {
    this.#round = undefined
    this.#lastError = round.isGood ? undefined : round.error
    if (round.isGood) this.#succeed(round)
    else this.#fail()
  }

  #succeed(round: KeyRound): void {
    this.#schedule.succeed()
    this.#options.onGoodRound()
    this.#demand.settle(this.#options.isKnown, round.startedAt)
    if (this.#demand.wanted.size > 0) this.#schedule.pull()
  }

  #fail(): void {
    this.#demand.abandon()
    this.#schedule.fail(this.#options.now(), this.#options.trustedUntil())
  }
}
