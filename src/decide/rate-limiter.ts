/**
 * Rate limits: a token bucket for each address and each subject. A bucket is one number, the time at which it is full again.
 * Only so many buckets are kept; a forgotten caller has a full one. Never holds a request. `redis/rates/` counts for several
 * processes.
 */
import { isIP } from 'node:net'
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

/** A promise only where others count too. */
export interface Limiter {
  /** Takes one out of the bucket. Undefined: it was there. `now` is in milliseconds and may jump. */
  take(key: string, now: number): Exceeded | undefined | Promise<Exceeded | undefined>
}

export class RateLimiter implements Limiter {
  readonly #name: Exceeded['name']
  readonly #rate: RateConfig
  /** Time in which a bucket gains one, in milliseconds. */
  readonly stepMs: number
  /** Time in which an empty bucket fills, in milliseconds. */
  readonly fillMs: number
  readonly #fullAt = new LRUCache<string, number>({ max: maxBuckets })

  constructor(name: Exceeded['name'], rate: RateConfig, burst = rate.requests) {
    this.#name = name
    this.#rate = rate
    this.stepMs = rate.periodMs / rate.requests
    this.fillMs = this.stepMs * burst
  }

  take(key: string, now: number): Exceeded | undefined {
    // A clock that was put back does not make a bucket emptier than empty.
    const fullAt = Math.min(Math.max(this.#fullAt.get(key) ?? 0, now), now + this.fillMs)
    const missingMs = fullAt + this.stepMs - (now + this.fillMs)
    const isThere = missingMs <= roundingMs
    this.#fullAt.set(key, isThere ? fullAt + this.stepMs : fullAt)
    return isThere ? undefined : this.exceeded(missingMs)
  }

  /** What was taken at last did not count after all. */
  giveBack(key: string): void {
    const fullAt = this.#fullAt.get(key)
    if (fullAt !== undefined) this.#fullAt.set(key, fullAt - this.stepMs)
  }

  /** `missingMs` is the time until the bucket holds one again. */
  exceeded(missingMs: number): Exceeded {
    return { name: this.#name, rate: this.#rate, retryAfterSeconds: Math.max(1, Math.ceil(missingMs / 1000)) }
  }
}

/** Rounding error of times since the epoch, in milliseconds. */
const roundingMs = 0.01

/** The configured limits: by address before a token is looked at, by subject once it is verified. Undefined: no limit. */
export interface Rates {
  readonly address: Limiter | undefined
  readonly subject: Limiter | undefined
}

export interface LocalRates extends Rates {
  readonly address: RateLimiter | undefined
  readonly subject: RateLimiter | undefined
}

export function compileRates({ perAddress, perSubject, burst }: RateLimitConfig = {}): LocalRates {
  return {
    address: perAddress && new RateLimiter('address', perAddress, burst),
    subject: perSubject && new RateLimiter('subject', perSubject, burst),
  }
}

/**
 * The network that counts as one caller: an IPv4 address, or the /64 of an IPv6 address, because one IPv6 host usually has all
 * of a /64 (RFC 4291 section 2.5.4). A new string: V8 would otherwise keep the whole header alive through a slice. A text that is no address is returned as it
 * is.
 */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%', 1)
  const family = isIP(bare)
  if (family === 0) return address
  const v4 = family === 4 ? bare : innerAddress(bare)
  return v4 === undefined ? `${firstGroups(bare).join(':')}::/64` : v4.split('.').map(Number).join('.')
}

/** The IPv4 address that an IPv6 address stands for: mapped (RFC 4291 section 2.5.5.2), or behind NAT64 (RFC 6052 section 2.1). */
function innerAddress(address: string): string | undefined {
  const dotted = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (dotted !== undefined || !/:ff(?:ff|9b):/i.test(address)) return dotted
  // A URL has one form of each address, in hexadecimal groups.
  const groups = /^\[(?:::ffff|64:ff9b:):([\da-f]+):([\da-f]+)\]$/.exec(new URL(`http://[${address}]`).hostname)
  return groups?.slice(1).flatMap(bytesOf).join('.')
}

function bytesOf(group: string): readonly number[] {
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 0xff]
}

/** The first four of the eight groups, with `::` expanded. */
function firstGroups(address: string): readonly string[] {
  const [left = '', right] = address.split('::')
  const groups = groupsOf(left)
  const missing = right === undefined ? 0 : 8 - groups.length - groupsOf(right).length
  const all = [...groups, ...new Array<string>(missing).fill('0'), ...groupsOf(right ?? '')]
  return all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
}

/** An IPv4 address at the end stands for two groups. Their value does not matter: only the first four groups count. */
function groupsOf(part: string): readonly string[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]))
}
