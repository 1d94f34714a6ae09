/**
 * Rate limits: a token bucket for each address and each subject. A bucket is one number, the time at which it is full again.
 * Only so many buckets are kept; a forgotten caller has a full one. Never holds a request.
 */
import { LRUCache } from 'lru-cache'
import type { RateConfig, RateLimitConfig } from '../config/config.ts'

/** Why a request came too early. */
export interface Exceeded {
  /** Which limit. */
  readonly name: 'subject' | 'address'
  readonly rate: RateConfig
  /** Whole seconds until the bucket holds one again; at least 1. */
  readonly retryAfterSeconds: number
}

/** Two to four megabytes. A limited caller is forgotten only when more than this many callers come at once. */
const maxBuckets = 20_000

export class RateLimiter {
  readonly #name: Exceeded['name']
  readonly #rate: RateConfig
  /** Time in which a bucket gains one. */
  readonly #stepMs: number
  /** Time in which an empty bucket fills. */
  readonly #fillMs: number
  readonly #fullAt = new LRUCache<string, number>({ max: maxBuckets })

  constructor(name: Exceeded['name'], rate: RateConfig, burst = rate.requests) {
    this.#name = name
    this.#rate = rate
    this.#stepMs = rate.periodMs / rate.requests
    this.#fillMs = this.#stepMs * burst
  }

  /** Takes one out of the bucket. Undefined: it was there. `now` is in milliseconds and may jump. */
  take(key: string, now: number): Exceeded | undefined {
    // A clock that was put back does not make a bucket emptier than empty.
    const fullAt = Math.min(Math.max(this.#fullAt.get(key) ?? 0, now), now + this.#fillMs)
    const missingMs = fullAt + this.#stepMs - (now + this.#fillMs)
    const isThere = missingMs <= roundingMs
    this.#fullAt.set(key, isThere ? fullAt + this.#stepMs : fullAt)
    if (isThere) return undefined
    return { name: this.#name, rate: this.#rate, retryAfterSeconds: Math.max(1, Math.ceil(missingMs / 1000)) }
  }
}

/** Rounding error of times since the epoch, in milliseconds. */
const roundingMs = 0.01

/** The configured limits: by address before a token is looked at, by subject once it is verified. Undefined: no limit. */
export interface Rates {
  readonly address: RateLimiter | undefined
  readonly subject: RateLimiter | undefined
}

export function compileRates({ perAddress, perSubject, burst }: RateLimitConfig = {}): Rates {
  return {
    address: perAddress && new RateLimiter('address', perAddress, burst),
    subject: perSubject && new RateLimiter('subject', perSubject, burst),
  }
}
