/**
 * The keys of one user pool: what is trusted now, and when a caller may make us look again. No flood of unknown kids
 * causes more than one round in a cooldown, and no outage makes keys outlive their bound.
 */
import type { JwksConfig } from '../config/config.ts'
import { maxKidChars } from './jwk-set.ts'
import type { SourceState } from './key-round.ts'
import { KeyRound } from './key-round.ts'
import type { KeySource } from './key-source.ts'
import { KidDemand } from './kid-demand.ts'
import { RefreshSchedule } from './refresh-schedule.ts'
import type { FoundKey, GoodSet, KeyChange, TrustedKey } from './trusted-keys.ts'
import { describeChange, isChange, TrustedKeys } from './trusted-keys.ts'

export type { TrustedKey } from './trusted-keys.ts'

const unknownKid = Object.freeze({ kind: 'unknown' } as const)
const waitForRound = Object.freeze({ kind: 'wait' } as const)
const noKeys = Object.freeze({ kind: 'unavailable' } as const)

/** `wait`: a round is running or may start for this kid; `refetch` tells how it ends. */
export type KeyLookup = FoundKey | typeof unknownKid | typeof waitForRound | typeof noKeys

export interface KeyStatus {
  readonly pool: string
  /** It has keys, and they are not too old to vouch. */
  readonly ready: boolean
  readonly keys: number
  /** Since the last good round, which may have been an earlier process's. */
  readonly ageMs: number | undefined
  /** Why the last round failed; absent when it did not. */
  readonly lastError?: string
}

export interface PoolKeysOptions extends Omit<JwksConfig, 'snapshotFile'> {
  readonly id: string
  /** In order of preference. */
  readonly sources: readonly KeySource[]
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly random: () => number
  readonly report: (kind: 'fetched' | 'fetch_failed' | 'keys_changed' | 'key_rejected', detail: string) => void
  readonly onWithdrawn: (key: TrustedKey) => void
  readonly onGoodRound: (hasChanged: boolean) => void
}

export class PoolKeys {
  readonly id: string
  readonly #options: PoolKeysOptions
  readonly #isPinned: boolean
  readonly #schedule: RefreshSchedule
  readonly #demand: KidDemand
  readonly #keys: TrustedKeys
  readonly #sources: readonly SourceState[]
  /** Counts as a source until the first good round. */
  #restored: GoodSet | undefined
  #round: KeyRound | undefined
  #hasChanged = false
  #fetchedAt: number | undefined
  #trustedUntil = 0
  #lastError: string | undefined

  constructor(options: PoolKeysOptions) {
    this.id = options.id
    this.#options = options
    this.#isPinned = options.sources.some(({ kind }) => kind === 'file')
    this.#schedule = new RefreshSchedule(options)
    this.#demand = new KidDemand(options.cooldownMs)
    this.#keys = new TrustedKeys(options.id)
    this.#sources = options.sources.map((source) => ({ source, good: undefined, rejected: '' }))
  }

  /** Milliseconds since the epoch; 0 before the first good set, Infinity for keys pinned in a file. */
  get trustedUntil(): number {
    return this.#trustedUntil
  }

  isTrusted(key: TrustedKey, now: number): boolean {
    return !key.withdrawn && now < this.#trustedUntil
  }

  /** Answers from memory; a kid it does not know may bring the next round forward. */
  find(kid: string, now: number): KeyLookup {
    return this.peek(kid, now) ?? (this.#mayWait(kid, now) ? waitForRound : this.#absent(now))
  }

  /** As `find`, without any effect on the next round. */
  peek(kid: string, now: number): FoundKey | undefined {
    return now < this.#trustedUntil ? this.#keys.find(kid) : undefined
  }

  /** Joins the running round, or starts one where that is allowed. Never rejects, never ends in `wait`. */
  async refetch(kid: string): Promise<KeyLookup> {
    const { now } = this.#options
    if (!this.#mayWait(kid, now())) return this.peek(kid, now()) ?? this.#absent(now())
    this.#demand.want(kid, now())
    const round = this.#round ?? this.#start(false)
    do await round.step
    while (this.#isWorthWaiting(round) && this.peek(kid, now()) === undefined)
    return this.peek(kid, now()) ?? (round.isGood ? unknownKid : noKeys)
  }

  /** Runs a background round, or sees the running one through. */
  async refresh(): Promise<void> {
    const round = this.#round ?? this.#start(true)
    while (!round.isOver) await round.step
  }

  /** Milliseconds since the epoch; Infinity while a round is running. */
  nextDueAt(now: number): number {
    return this.#round === undefined ? this.#schedule.dueAt(now) : Number.POSITIVE_INFINITY
  }

  /** Keys pinned in a file are there when this returns; other keys wait for the first round. */
  load(): void {
    if (this.#isPinned) this.#start(true)
  }

  /** Takes the last good set of an earlier process, until the first good round of this one. */
  restore(set: GoodSet): void {
    this.#restored = set
    this.#trustFrom(set.fetchedAt)
    this.#tell(this.#keys.replace([set]))
  }

  /** What a later process may start from; undefined for pinned keys and when nothing can be vouched for. */
  snapshot(now: number): GoodSet | undefined {
    if (this.#isPinned || this.#fetchedAt === undefined || now >= this.#trustedUntil) return undefined
    return { fetchedAt: this.#fetchedAt, keys: this.#keys.jwks() }
  }

  status(now: number): KeyStatus {
    return {
      pool: this.id,
      ready: now < this.#trustedUntil,
      keys: this.#keys.size,
      ageMs: this.#fetchedAt === undefined ? undefined : now - this.#fetchedAt,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    }
  }

  /** Only a source that answered can tell that a kid is unknown. */
  #absent(now: number): KeyLookup {
    return now < this.#trustedUntil && this.#lastError === undefined ? unknownKid : noKeys
  }

  #mayWait(kid: string, now: number): boolean {
    if (kid === '' || kid.length > maxKidChars) return false
    if (this.#round !== undefined) return true
    if (now < this.#trustedUntil && !this.#demand.mayAsk(kid, now)) return false
    if (this.#schedule.mayStart(now)) return true
    this.#demand.want(kid, now)
    this.#schedule.pull()
    return false
  }

  /** A caller sits through quick failures, but not through one hanging source after the other. */
  #isWorthWaiting(round: KeyRound): boolean {
    return !round.isOver && this.#options.now() - round.startedAt < this.#options.timeoutMs / 2
  }

  #start(isBackground: boolean): KeyRound {
    const startedAt = this.#options.now()
    const round = new KeyRound({
      startedAt,
      isBackground,
      isIncomplete: (brought) => this.#lacks(brought),
      report: this.#options.report,
      onGoodSet: (set) => this.#take(set),
      onOver: (over) => this.#finish(over),
    })
    this.#round = round
    this.#demand.serve()
    this.#schedule.begin(startedAt)
    this.#dropStale(startedAt)
    void round.run(this.#sources)
    return round
  }

  #lacks(brought: ReadonlySet<string>): boolean {
    const { served, wanted } = this.#demand
    return [...served, ...wanted].some((kid) => !brought.has(kid))
  }

  /** Before a round, so that no set that was already too old is trusted again because another source answers. */
  #dropStale(now: number): void {
    const isStale = (set: GoodSet | undefined) => set !== undefined && now >= this.#trustEnd(set.fetchedAt)
    for (const state of this.#sources) if (isStale(state.good)) state.good = undefined
    if (isStale(this.#restored)) this.#restored = undefined
    this.#settle()
  }

  /** New keys count at once: a caller must not wait for a slower source. Withdrawals wait until every source has spoken. */
  #take(set: GoodSet): void {
    this.#trustFrom(set.fetchedAt)
    this.#tell(this.#keys.extend(set.keys))
  }

  #finish(round: KeyRound): void {
    this.#round = undefined
    this.#lastError = round.isGood ? undefined : round.error
    if (round.isGood) this.#succeed(round)
    else this.#fail()
  }

  #succeed(round: KeyRound): void {
    this.#schedule.succeed()
    this.#restored = undefined
    this.#settle()
    this.#demand.settle((kid) => this.#keys.find(kid) !== undefined, round.startedAt)
    if (this.#demand.wanted.size > 0) this.#schedule.pull()
    const hasChanged = this.#hasChanged
    this.#hasChanged = false
    this.#options.onGoodRound(hasChanged)
  }

  #fail(): void {
    this.#demand.abandon()
    this.#schedule.fail(this.#options.now(), this.#trustedUntil)
  }

  /** Trusted is the union of what each source said last. */
  #settle(): void {
    const sets = [...this.#sources.map(({ good }) => good), this.#restored]
    this.#tell(this.#keys.replace(sets.filter((set) => set !== undefined)))
  }

  #tell(change: KeyChange): void {
    if (!isChange(change)) return
    this.#hasChanged = true
    this.#options.report('keys_changed', describeChange(change))
    for (const key of change.withdrawn) this.#options.onWithdrawn(key)
  }

  #trustFrom(fetchedAt: number): void {
    this.#fetchedAt = fetchedAt
    this.#trustedUntil = this.#trustEnd(fetchedAt)
  }

  #trustEnd(fetchedAt: number): number {
    return this.#isPinned ? Number.POSITIVE_INFINITY : fetchedAt + this.#options.maxStaleMs
  }
}
