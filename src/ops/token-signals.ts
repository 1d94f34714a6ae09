/**
 * What newly verified tokens tell: whose they are, how long they last, whether somebody has signed in or refreshed. Hears of
 * a token once, when it is verified, and never when the cache has it. Keeps no claim: a sign-in is remembered as a hash.
 */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { NameClient } from '../tokens/claim-rules.ts'
import type { Claims } from '../tokens/claims.ts'
import { clientId, isMachine } from '../tokens/claims.ts'
import { DurationSeries, Tally } from './series.ts'

/** A minute to a day: Cognito gives access tokens five minutes at least and a day at most. */
const remainingBounds = [60, 300, 600, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600] as const
/** About 3 MB when they are all there. */
const maxSignIns = 16_384
/** A token that was issued later than this after the sign-in comes from a refresh. */
const signInSeconds = 60

type TokenKind = 'access' | 'id' | 'machine'

export class TokenSignals {
  /** By pool, app client and kind. */
  readonly tokens = new Tally()
  /** By pool, app client, and whether a second factor was used. */
  readonly signIns = new Tally()
  /** By pool and app client. */
  readonly refreshed = new Tally()
  readonly #remaining = new Map<TokenKind, DurationSeries>()
  readonly #nameClient: NameClient
  /** The latest `iat` of each sign-in. Made for the first token of a person. */
  #latest: LRUCache<string, number> | undefined

  constructor(nameClient: NameClient) {
    this.#nameClient = nameClient
  }

  /** The rest of the life of tokens, by kind. */
  get remaining(): ReadonlyMap<TokenKind, DurationSeries> {
    return this.#remaining
  }

  /** `now` is in milliseconds since the epoch. */
  add(claims: Claims, pool: string, now: number): void {
    const kind = kindOf(claims)
    const client = this.#nameClient(clientId(claims))
    this.tokens.inc({ pool, client, kind })
    const series = this.#remaining.get(kind) ?? new DurationSeries(remainingBounds)
    this.#remaining.set(kind, series)
    series.observe(Math.max(0, claims.exp - now / 1000))
    if (kind === 'machine') return
    const event = this.#eventOf(claims, pool)
    if (event === 'sign-in') this.signIns.inc({ pool, client, mfa: secondFactor(claims) })
    if (event === 'refresh') this.refreshed.inc({ pool, client })
  }

  /** Undefined: another token of the same moment was seen, or a later one, or the token does not say when it was issued. */
  #eventOf(claims: Claims, pool: string): 'sign-in' | 'refresh' | undefined {
    const { iat, auth_time: signedInAt } = claims
    if (iat === undefined || typeof signedInAt !== 'number') return undefined
    this.#latest ??= new LRUCache({ max: maxSignIns })
    const name = nameSignIn(claims, pool)
    const latest = this.#latest.get(name)
    if (latest !== undefined && iat <= latest) return undefined
    this.#latest.set(name, iat)
    return latest === undefined && iat - signedInAt <= signInSeconds ? 'sign-in' : 'refresh'
  }
}

function kindOf(claims: Claims): TokenKind {
  if (claims.token_use === 'id') return 'id'
  return isMachine(claims) ? 'machine' : 'access'
}

/** Without token revocation there is no `origin_jti`. */
function nameSignIn({ origin_jti: origin, sub, auth_time: signedInAt }: Claims, pool: string): string {
  const name = typeof origin === 'string' ? `jti ${origin}` : `sub ${sub} ${String(signedInAt)}`
  return hash('sha256', `${pool} ${name}`, 'buffer').toString('base64url', 0, 12)
}

/** RFC 8176 names what was used; `mfa` says that it was more than one. */
function secondFactor({ amr }: Claims): 'yes' | 'no' | 'unknown' {
  if (!Array.isArray(amr)) return 'unknown'
  return amr.includes('mfa') ? 'yes' : 'no'
}
