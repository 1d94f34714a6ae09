/**
 * Tokens that are refused although they verify: by token, sign-in, user or app client. What a token says is looked up once for
 * each state of the list, so that a remembered token costs next to nothing. Must have no timer: others say what is new.
 */
import type { DenyEntry, DenyName } from './entries.ts'
import { denyNames } from './entries.ts'
import { EntrySet } from './entry-set.ts'

interface Judged {
  readonly generation: number
  /** Minus infinity: it is not on the list. */
  readonly deniedUntil: number
}

/** Each has a list of its own. The entries of all of them count. */
type Source = 'file' | 'redis'

export class Denylist {
  readonly #sets: Record<Source, EntrySet> = { file: new EntrySet(), redis: new EntrySet() }
  #generation = 0
  /** Milliseconds since the epoch. Undefined: it follows no other list. */
  #confirmedAt: number | undefined
  #maxLagMs = Number.POSITIVE_INFINITY
  /** Until then the list may be believed, in milliseconds since the epoch. */
  #goodUntil = Number.POSITIVE_INFINITY
  readonly #judged = new WeakMap<object, Judged>()

  /** Entries that are on the list, those that no longer count included. */
  get size(): number {
    return this.#sets.file.size + this.#sets.redis.size
  }

  replace(source: Source, entries: Iterable<DenyEntry>): void {
    this.#sets[source] = new EntrySet(entries)
    this.#generation++
  }

  add(source: Source, entry: DenyEntry): void {
    this.#sets[source].add(entry)
    this.#generation++
  }

  /** Those that count at that time, in milliseconds since the epoch. */
  entriesOf(source: Source, now: number): readonly DenyEntry[] {
    return this.#sets[source].counting(now)
  }

  /** No verdict changes. */
  forgetEnded(source: Source, now: number): void {
    this.#sets[source].forgetEnded(now)
  }

  /**
   * From `now` on it is a copy of a list that may become unreachable. `maxLagMs` after it was confirmed last it is too old;
   * Infinity: never.
   */
  follow(maxLagMs: number, now: number): void {
    this.#maxLagMs = maxLagMs
    this.#confirmedAt = now
    this.#goodUntil = maxLagMs === Number.POSITIVE_INFINITY ? maxLagMs : Number.NEGATIVE_INFINITY
  }

  /** It is the same as the list that it follows. */
  confirm(now: number): void {
    this.#confirmedAt = now
    this.#goodUntil = now + this.#maxLagMs
  }

  /** Milliseconds since it was confirmed, or since it began to follow. Undefined: it follows none. */
  lagMs(now: number): number | undefined {
    return this.#confirmedAt === undefined ? undefined : Math.max(0, now - this.#confirmedAt)
  }

  /**
   * Why a token that verifies is refused all the same; undefined: it is not. `now` is in milliseconds since the epoch. A token on
   * a list that is too old is revoked all the same.
   */
  refuses(verified: { readonly token: string }, now: number): 'token_revoked' | 'revocation_unavailable' | undefined {
    if (this.size > 0 && now < this.#deniedUntil(verified)) return 'token_revoked'
    return now < this.#goodUntil ? undefined : 'revocation_unavailable'
  }

  #deniedUntil(verified: { readonly token: string }): number {
    const known = this.#judged.get(verified)
    if (known?.generation === this.#generation) return known.deniedUntil
    const deniedUntil = this.#judge(payloadOf(verified.token))
    this.#judged.set(verified, { generation: this.#generation, deniedUntil })
    return deniedUntil
  }

  #judge(claims: Claims): number {
    const { iat } = claims
    // Without `iat` nobody knows that it was issued later.
    const issuedAt = typeof iat === 'number' ? iat * 1000 : Number.NEGATIVE_INFINITY
    const found = denyNames.flatMap((name) => valuesOf(claims, name).flatMap((value) => this.#find(name, value)))
    const counting = found.filter(({ issuedBefore }) => issuedAt < issuedBefore)
    return counting.reduce((latest, { until }) => Math.max(latest, until), Number.NEGATIVE_INFINITY)
  }

  #find(name: DenyName, value: string): readonly DenyEntry[] {
    return [...this.#sets.file.find(name, value), ...this.#sets.redis.find(name, value)]
  }
}

/** An ID token names user and app client under other names. */
function valuesOf(claims: Claims, name: DenyName): readonly string[] {
  const aliases =
    name === 'username' ? [claims['cognito:username']] : name === 'client_id' ? [claims['aud']].flat() : []
  return [claims[name], ...aliases].filter((value) => typeof value === 'string')
}

/** Only for a token that was verified. */
function payloadOf(token: string): Claims {
  const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'))
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims
}

/** Their types were checked by whoever has verified the token. */
type Claims = Readonly<Record<string, unknown>>
