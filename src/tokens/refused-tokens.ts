/**
 * Remembers tokens that will stay refused: the signature does not match the key, or `exp` has passed. A caller that is
 * stuck with such a token sends it again and again; this saves the signature check. Never accepts a token: only the
 * whole token is a hit, and only while the key that refused it is trusted.
 */
import { LRUCache } from 'lru-cache'
import type { Reason } from '../reasons.ts'
import type { PoolKeys, TrustedKey } from './keys/pool-keys.ts'
import type { Scratch } from './scratch.ts'
import { lookupKey } from './token-cache.ts'

export interface RefusedToken {
  readonly token: string
  readonly reason: Reason
  readonly key: TrustedKey
  readonly keys: PoolKeys
  /** What `Rejected` says of the app client. */
  readonly client: string
  /** Milliseconds since the epoch. The refusal does not count when the clock is set back to an earlier time. */
  readonly foundAt: number
}

const maxBytes = 4 * 1024 ** 2
const seenSlots = 4096
/** Bytes of an entry without its token: its objects and its place in the map. */
const entryBytes = 300

/** Reasons that hold for a token as long as its key is trusted. */
const lasting: ReadonlySet<Reason> = new Set(['signature_invalid', 'token_expired'])

export class RefusedTokens {
  readonly #entries = new LRUCache<string, RefusedToken>({
    maxSize: maxBytes,
    sizeCalculation: ({ token }) => entryBytes + token.length,
  })
  /**
   * Fixed-size fingerprints of tokens refused once. Only a repeat is stored, so a stream of distinct bad tokens cannot
   * fill memory.
   */
  readonly #seen = new Uint32Array(seenSlots)
  readonly #multiplier: number

  /**
   * `random` makes the fingerprints unpredictable: a caller who could choose them would have every token stored at its
   * first refusal.
   */
  constructor(random: () => number) {
    this.#multiplier = 2 * Math.floor(random() * 2 ** 31) + 1
  }

  /** Undefined when it is not known that the token is refused. */
  find(token: string, now: number): RefusedToken | undefined {
    const refused = this.#entries.get(lookupKey(token))
    if (refused === undefined || refused.token !== token || now < refused.foundAt) return undefined
    if (!refused.keys.isTrusted(refused.key, now)) return undefined
    // The key may have been replaced under its kid: from time to time the token is looked at again, and a fetch decides.
    if (refused.reason === 'signature_invalid' && refused.keys.mayDoubt(refused.key, now)) return undefined
    return refused
  }

  /**
   * Stores the token when it is refused for the second time, unless the same token may be accepted later. `scratch` has
   * room for the token.
   */
  add(refused: RefusedToken, scratch: Scratch): void {
    if (!lasting.has(refused.reason) || !this.#isSeen(lookupKey(refused.token))) return
    const token = scratch.copy(refused.token)
    const name = lookupKey(token)
    // `set` alone would keep the name of an earlier entry, which is a slice of that entry's token and holds all of it.
    this.#entries.delete(name)
    this.#entries.set(name, { ...refused, token })
  }

  #isSeen(name: string): boolean {
    const fingerprint = this.#fingerprintOf(name)
    const slot = fingerprint % seenSlots
    if (this.#seen[slot] === fingerprint) return true
    this.#seen[slot] = fingerprint
    return false
  }

  /** Two tokens may have the same fingerprint: the second of them is then stored at its first refusal. */
  #fingerprintOf(name: string): number {
    let hash = 1
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash, this.#multiplier) + name.charCodeAt(i)
    return hash >>> 0
  }
}
