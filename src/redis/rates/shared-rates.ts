/**
 * Rate limits that hold for all processes with one Redis. Each process counts for itself as well: who is over the limit here alone is
 * refused without a question, and while Redis is away the limits of each process hold at once.
 */
import type { Exceeded, Limiter, LocalRates, RateLimiter, Rates } from '../../decide/rate-limiter.ts'
import type { SetTimer } from '../../timer.ts'
import type { RedisSettings } from '../connection.ts'
import { RedisConnection } from '../connection.ts'
import type { BucketStoreParts } from './bucket-store.ts'
import { BucketStore } from './bucket-store.ts'

class SharedLimiter implements Limiter {
  readonly #name: string
  readonly #local: RateLimiter
  readonly #store: BucketStore

  constructor(name: string, local: RateLimiter, store: BucketStore) {
    this.#name = name
    this.#local = local
    this.#store = store
  }

  take(key: string, now: number): Exceeded | undefined | Promise<Exceeded | undefined> {
    const exceeded = this.#local.take(key, now)
    return exceeded === undefined && this.#store.isAsked ? this.#ask(key) : exceeded
  }

  async #ask(key: string): Promise<Exceeded | undefined> {
    const { stepMs, fillMs } = this.#local
    const missingMs = await this.#store.take({ name: this.#name, key, stepMs, fillMs })
    if (missingMs === undefined || missingMs <= 0) return undefined
    // A refused request takes nothing out of any bucket.
    this.#local.giveBack(key)
    return this.#local.exceeded(missingMs)
  }
}

export interface SharedRatesOptions extends Pick<BucketStoreParts, 'prefix' | 'timeoutMs' | 'elapsed' | 'onState'> {
  readonly server: RedisSettings
  readonly local: LocalRates
  readonly setTimer: SetTimer
}

export interface SharedRates extends Rates {
  close(): void
}

/** Resolves once there is a connection, or could be none. Throws like `readFileSync` where a file cannot be read. */
export async function openSharedRates({ server, local, ...parts }: SharedRatesOptions): Promise<SharedRates> {
  const redis = new RedisConnection(server, { onState: () => undefined })
  const store = new BucketStore({ ...parts, redis })
  await redis.connect()
  return {
    address: local.address && new SharedLimiter('address', local.address, store),
    subject: local.subject && new SharedLimiter('subject', local.subject, store),
    close: () => store.close(),
  }
}
