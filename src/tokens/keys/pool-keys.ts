/**
 * The trusted keys of one user pool: the union of what each of its sources published last. However long an outage
 * lasts, no key may be trusted beyond `jwks.maxStale`. The rounds decide when the sources are asked.
 */
import type { JwksConfig } from '../../config/config.ts'
import type { SourceState } from './round.ts'
import { PoolRounds } from './rounds.ts'
import type { KeySource } from './source.ts'
import type { FoundKey, GoodSet, KeyChange, TrustedKey } from './trusted-keys.ts'
import { describeChange, isChange, TrustedKeys } from './trusted-keys.ts'

export type { TrustedKey } from './trusted-keys.ts'

const unknownKid = Object.freeze({ kind: 'unknown' } as const)
const waitForRound = Object.freeze({ kind: 'wait' } as const)
const noKeys = Object.freeze({ kind: 'unavailable' } as const)

/** `wait`: a round is running or may start for this kid. `refetch` waits for its result. */
export type KeyLookup = FoundKey | typeof unknownKid | typeof waitForRound | typeof noKeys

export interface KeyStatus {
  readonly pool: string
  /** It has keys that are trusted. */
  readonly ready: boolean
  readonly keys: number
  /** Since the last good round, which may be that of an earlier process. Undefined before the first. */
  readonly ageMs: number | undefined
  /** Why the last round failed; absent when it succeeded. */
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
  readonly #keys: TrustedKeys
  readonly #sources: readonly SourceState[]
  readonly #rounds: PoolRounds
  /** What an earlier process knew. It counts as a source until the first good round. */
  #restored: GoodSet | undefined
  /** Keys that did not match a signature, by kid: a round that brings the same key again has not found what was asked for. */
  readonly #doubted = new Map<string, TrustedKey>()
  #hasChanged = false
  #fetchedAt: number | undefined
  #trustedUntil = 0

  constructor(options: PoolKeysOptions) {
    this.id = options.id
    this.#options = options
    this.#isPinned = options.sources.some(({ kind }) => kind === 'file')
    this.#keys = new TrustedKeys(options.id)
    this.#sources = options.sources.map((source) => ({ source, good: undefined, rejected: '' }))
    this.#rounds = new PoolRounds({
      ...options,
      sources: this.#sources,
      isKnown: (kid) => this.#isKnown(kid),
      trustedUntil: () => this.#trustedUntil,
      onStart: (startedAt) => this.#dropStale(startedAt),
      onGoodSet: (set) => this.#take(set),
      onGoodRound: () => this.#conclude(),
    })
  }

  /** Milliseconds since the epoch; 0 before the first good set, Infinity for keys pinned in a file. */
  get trustedUntil(): number {
    return this.#trustedUntil
  }

  isTrusted(key: TrustedKey, now: number): boolean {
    return !key.withdrawn && now < this.#trustedUntil
  }

  /** Looks the kid up in memory. An unknown kid may bring the next round forward. */
  find(kid: string, now: number): KeyLookup {
    return this.peek(kid, now) ?? (this.#rounds.mayAsk(kid, now) ? waitForRound : this.#absent(now))
  }

  /** As `find`, without any effect on the next round. */
  peek(kid: string, now: number): FoundKey | undefined {
    return now < this.#trustedUntil ? this.#keys.find(kid) : undefined
  }

  /** Waits for the running round, or for a new one if one may start. Never rejects and never resolves to `wait`. */
  async refetch(kid: string): Promise<KeyLookup> {
    const { now } = this.#options
    if (!this.#rounds.mayAsk(kid, now())) return this.peek(kid, now()) ?? this.#absent(now())
    const round = await this.#rounds.ask(kid, () => this.peek(kid, now()) !== undefined)
    return this.peek(kid, now()) ?? (round.isGood ? unknownKid : noKeys)
  }

  /** Whether `recheck` would start a round for this key now. Without any effect. */
  mayDoubt({ kid }: TrustedKey, now: number): boolean {
    return this.#rounds.mayStart(kid, now)
  }

  /**
   * A signature does not match: the issuer may have replaced the key and kept its kid, as emulators do when they start
   * again. Undefined when no round may start for it; the kid may then bring the next round forward. Never rejects.
   */
  recheck(key: TrustedKey, now: number): Promise<KeyLookup> | undefined {
    const { kid } = key
    this.#doubted.set(kid, key)
    if (!this.#rounds.mayAsk(kid, now)) return undefined
    const isReplaced = () => this.#keys.find(kid)?.key !== key
    return this.#rounds.ask(kid, isReplaced).then(() => this.peek(kid, this.#options.now()) ?? noKeys)
  }

  /** Runs a background round, or waits for the end of the running one. Never rejects. */
  refresh(): Promise<void> {
    return this.#rounds.refresh()
  }

  /** Milliseconds since the epoch; Infinity while a round is running. */
  nextDueAt(now: number): number {
    return this.#rounds.nextDueAt(now)
  }

  /** Reads a file with pinned keys before it returns. Other keys come with the first round. */
  load(): void {
    if (this.#isPinned) void this.#rounds.refresh()
  }

  /** Trusts the last good set of an earlier process until the first good round of this one. */
  restore(set: GoodSet): void {
    this.#restored = set
    this.#trustFrom(set.fetchedAt)
    this.#tell(this.#keys.replace([set]))
  }

  /** The keys that a later process may start with; undefined for pinned keys and when no key is trusted. */
  snapshot(now: number): GoodSet | undefined {
    if (this.#isPinned || this.#fetchedAt === undefined || now >= this.#trustedUntil) return undefined
    return { fetchedAt: this.#fetchedAt, keys: this.#keys.jwks() }
  }

  status(now: number): KeyStatus {
    const { lastError } = this.#rounds
    return {
      pool: this.id,
      ready: now < this.#trustedUntil,
      keys: this.#keys.size,
      ageMs: this.#fetchedAt === undefined ? undefined : now - this.#fetchedAt,
      ...(lastError === undefined ? {} : { lastError }),
    }
  }

  #isKnown(kid: string): boolean {
    const key = this.#keys.find(kid)?.key
    return key !== undefined && key !== this.#doubted.get(kid)
  }

  /** A kid is unknown only after a round that succeeded; after a failed one the keys are unavailable. */
  #absent(now: number): KeyLookup {
    return now < this.#trustedUntil && this.#rounds.lastError === undefined ? unknownKid : noKeys
  }

  /** Before a round: a set that is too old already must not be trusted again because another source answers. */
  #dropStale(now: number): void {
    const isStale = (set: GoodSet | undefined) => set !== undefined && now >= this.#trustEnd(set.fetchedAt)
    for (const state of this.#sources) if (isStale(state.good)) state.good = undefined
    if (isStale(this.#restored)) this.#restored = undefined
    this.#settle()
  }

  /**
   * New keys are trusted at once, so that no caller waits for a slower source. Keys are withdrawn at the end of the
   * round.
   */
  #take(set: GoodSet): void {
    this.#trustFrom(set.fetchedAt)
    this.#tell(this.#keys.extend(set.keys))
  }

  #conclude(): void {
    this.#restored = undefined
    this.#settle()
    const hasChanged = this.#hasChanged
    this.#hasChanged = false
    this.#options.onGoodRound(hasChanged)
  }

  /** Trusts the union of what each source published last. */
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
