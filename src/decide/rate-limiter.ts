/**
 * Token buckets, one a key: how often a key may come. A bucket is one number, the moment at which it is full again, and
 * only as many as fit are remembered: who is forgotten has a full one. Never holds a request.
 */
import { LRUCache } from 'lru-cache'
import type { RateConfig, RateLimitConfig } from '../config/config.ts'

/** Why a request came too early. */
export interface Exceeded {
  /** Of the limit. */
  readonly name: 'subject' | 'address'
  readonly rate: RateConfig
  /** Until the bucket holds one again; whole, 1 at least. */
  readonly retryAfterSeconds: number
}

/** Two to four megabytes. Fewer callers than this at once, and none that is limited is ever forgotten. */
const maxBuckets = 20_000

export class RateLimiter {
  readonly #name: Exceeded['name']
  readonly #rate: RateConfig
  /** In which a bucket gains one. */
  readonly #stepMs: number
  /** In which an empty bucket fills. */
  readonly #fillMs: number
  readonly #fullAt = new LRUCache<string, number>({ max: maxBuckets })

  constructor(name: Exceeded['name'], rate: RateConfig, burst = rate.requests) {
    this.#name = name
    this.#rate = rate
    this.#stepMs = rate.periodMs / rate.requests
    this.#fillMs = this.#stepMs * burst
  }

  /** Takes one out of the bucket, or nothing when it is empty. `now` in milliseconds; it may jump. */
  take(key: string, now: number): Exceeded | undefined {
    // No bucket is emptier than empty, though the clock was put back.
    const fullAt = Math.min(Math.max(this.#fullAt.get(key) ?? 0, now), now + this.#fillMs)
    const missingMs = fullAt + this.#stepMs - (now + this.#fillMs)
    const isThere = missingMs <= roundingMs
    this.#fullAt.set(key, isThere ? fullAt + this.#stepMs : fullAt)
    if (isThere) return undefined
    return { name: this.#name, rate: this.#rate, retryAfterSeconds: Math.max(1, Math.ceil(missingMs / 1000)) }
  }
}

/** Of times since the epoch, steps of a third of a millisecond included. */
const roundingMs = 0.01

/** Absent: not limited. */
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
