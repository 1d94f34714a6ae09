/**
 * The token cache: verified tokens and what was found in them. Only the whole token is a hit, never after `exp`, and
 * the cache never takes more memory than configured. It must not hold refused tokens or decisions of a policy.
 */
import { LRUCache } from 'lru-cache'
import type { TokenCacheConfig } from '../config/config.ts'
import { heldBytes } from './held-bytes.ts'
import type { TrustedKey } from './keys/pool-keys.ts'
import type { Verified } from './verified.ts'

interface Entry {
  readonly verified: Verified
  /** Milliseconds since the epoch: when the token expires or reaches the configured maximum age, whichever is first. */
  readonly usableUntil: number
}

export interface TokenCacheCounts {
  readonly hits: number
  readonly misses: number
  readonly evictions: number
  readonly entries: number
}

export class TokenCache {
  readonly #entries: LRUCache<string, Entry>
  readonly #maxAgeMs: number
  #hits = 0
  #misses = 0
  #evictions = 0

  constructor(config: TokenCacheConfig) {
    this.#maxAgeMs = config.maxAgeMs
    this.#entries = new LRUCache({
      max: config.maxEntries,
      maxSize: config.maxBytes,
      sizeCalculation: ({ verified }) => heldBytes(verified),
      dispose: (_entry, _key, why) => {
        if (why === 'evict') this.#evictions++
      },
    })
  }

  get(token: string, now: number): Verified | undefined {
    const key = lookupKey(token)
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.verified.token !== token) {
      this.#misses++
      return undefined
    }
    if (now >= entry.usableUntil || entry.verified.key.withdrawn) {
      this.#entries.delete(key)
      this.#misses++
      return undefined
    }
    this.#hits++
    return entry.verified
  }

  set(verified: Verified, now: number): void {
    const usableUntil = Math.min(verified.expiresAtMs, now + this.#maxAgeMs)
    this.#entries.set(lookupKey(verified.token), { verified, usableUntil })
  }

  /** Drops every token that this key has signed. */
  forget(key: TrustedKey): void {
    for (const [name, entry] of this.#entries) {
      if (entry.verified.key === key) this.#entries.delete(name)
    }
  }

  counts(): TokenCacheCounts {
    return { hits: this.#hits, misses: this.#misses, evictions: this.#evictions, entries: this.#entries.size }
  }

  /** The memory of all entries, as `heldBytes` estimates it. */
  get bytes(): number {
    return this.#entries.calculatedSize
  }
}

/**
 * The name of a token in a map: the end of its signature, which is random and cheap to hash. Whoever finds an entry by
 * it must compare the whole token.
 */
export function lookupKey(token: string): string {
  return token.slice(-43)
}
