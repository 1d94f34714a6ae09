/**
 * How often somebody may try, before Cognito is asked: by address, and by user name whether or not the user exists. Holds
 * hashes of names, in memory, and not for ever.
 */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { AuthApiConfig } from '../config/auth-api.ts'
import { RateLimiter } from '../decide/rate-limiter.ts'

/**
 * What is tried: a password; the current one of somebody who has signed in, by `sub`; a code of a second factor; a code that was
 * sent. Or a message with a code to sign in with is sent.
 */
export type Attempted = 'password' | 'current' | 'factor' | 'code' | 'message'

/** One attempt, which counts as failed until it is known to be none. */
export interface Attempt {
  /** The secret was right: earlier failures are forgotten. */
  succeed(): void
  /** Nothing was found out about the secret. */
  undo(): void
}

interface Failures {
  readonly count: number
  /** Milliseconds since the epoch. */
  readonly until: number
}

const freeFailures = 5
const longestPauseMs = 15 * 60_000
const maxNames = 50_000

export class Throttle {
  readonly #limits: AuthApiConfig['limits']
  readonly #address: RateLimiter
  readonly #signUp: RateLimiter
  readonly #codes: RateLimiter
  readonly #failures = new LRUCache<string, Failures>({ max: maxNames })
  /** How many of them a spelling of the name has. */
  readonly #spelled = new LRUCache<string, number>({ max: maxNames })

  constructor(limits: AuthApiConfig['limits']) {
    this.#limits = limits
    this.#address = new RateLimiter('address', limits.perAddress)
    this.#signUp = new RateLimiter('address', limits.signUp)
    this.#codes = new RateLimiter('subject', limits.codes)
  }

  get limits(): AuthApiConfig['limits'] {
    return this.#limits
  }

  /** Seconds to wait; undefined: it may be done now. `network` is an address, or the /64 of one. */
  countCall(network: string, now: number): number | undefined {
    return this.#address.take(network, now)?.retryAfterSeconds
  }

  giveCallBack(network: string): void {
    this.#address.giveBack(network)
  }

  countSignUp(network: string, now: number): number | undefined {
    return this.#signUp.take(network, now)?.retryAfterSeconds
  }

  /** A message to this user. */
  countCode(username: string, now: number): number | undefined {
    return this.#codes.take(nameKey('sent', username), now)?.retryAfterSeconds
  }

  /** Seconds to wait; or an attempt, counted before its end is known: a hundred at once are a hundred. */
  begin(kind: Attempted, username: string, now: number): Attempt | number {
    const keys = keysOf(kind, username, now)
    const known = this.#failures.get(keys.name)
    if (known !== undefined && now < known.until) return Math.ceil((known.until - now) / 1000)
    const count = (known?.count ?? 0) + 1
    this.#failures.set(keys.name, { count, until: count < freeFailures ? 0 : now + pauseMs(count) })
    this.#spelled.set(keys.spelling, this.#countOf(keys) + 1)
    return {
      succeed: () => this.#takeBack(keys, this.#countOf(keys)),
      undo: () => this.#takeBack(keys, 1),
    }
  }

  /** What was counted of this spelling today has been no attack. */
  forget(kind: Attempted, username: string, now: number): void {
    const keys = keysOf(kind, username, now)
    this.#takeBack(keys, this.#countOf(keys))
  }

  #countOf({ spelling }: Keys): number {
    return this.#spelled.get(spelling) ?? 0
  }

  /** Only of this spelling: whoever has an account under a name that looks the same must not forget guesses at this one. */
  #takeBack(keys: Keys, wanted: number): void {
    const own = this.#countOf(keys)
    const taken = Math.min(wanted, own)
    const known = this.#failures.get(keys.name)
    if (taken === 0 || known === undefined) return
    if (own === taken) this.#spelled.delete(keys.spelling)
    else this.#spelled.set(keys.spelling, own - taken)
    if (known.count <= taken) this.#failures.delete(keys.name)
    else this.#failures.set(keys.name, { count: known.count - taken, until: 0 })
  }
}

/** One second after the fifth failure, twice as long after each further one. */
function pauseMs(count: number): number {
  return Math.min(1000 * 2 ** (count - freeFailures), longestPauseMs)
}

interface Keys {
  /** Of all spellings. */
  readonly name: string
  readonly spelling: string
}

const dayMs = 24 * 3_600_000

/** Of one day: failures of other spellings, which no success forgets, must not count for ever. */
function keysOf(kind: Attempted, username: string, now: number): Keys {
  const day = Math.floor(now / dayMs)
  return { name: nameKey(`${day} ${kind}`, username), spelling: digest(`${day} ${kind} ${username}`) }
}

/** Pools may take a name in capital and small letters for the same, or with blanks around it. */
function nameKey(kind: string, username: string): string {
  const name = username
    .normalize('NFKC')
    .replaceAll(/[\s\p{C}]/gu, '')
    .toLowerCase()
  return digest(`${kind} ${name}`)
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url')
}
