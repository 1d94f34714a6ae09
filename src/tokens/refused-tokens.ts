/**
 * Tokens that were refused for what cannot change: a signature that does not fit the key, an `exp` that is over. A client
 * that is stuck with one sends it again and again. Never decides anything but whether the signature is looked at once
 * more: only the whole token is a hit, and only while the key that refused it is trusted.
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
  /** Milliseconds since the epoch; the verdict is not for a clock set back before it. */
  readonly foundAt: number
}

const maxBytes = 4 * 1024 ** 2
const seenSlots = 4096
/** The objects of an entry and its place in the map. */
const entryBytes = 300

const lasting: ReadonlySet<Reason> = new Set(['signature_invalid', 'token_expired'])

export class RefusedTokens {
  readonly #entries = new LRUCache<string, RefusedToken>({
    maxSize: maxBytes,
    sizeCalculation: ({ token }) => entryBytes + token.length,
  })
  /** Marks of tokens that were refused once: who sends another one each time must not fill memory with them. */
  readonly #seen = new Uint32Array(seenSlots)
  readonly #multiplier: number

  /** `random` makes marks that nobody can foresee: whoever chose them could have each token remembered at once. */
  constructor(random: () => number) {
    this.#multiplier = 2 * Math.floor(random() * 2 ** 31) + 1
  }

  find(token: string, now: number): Reason | undefined {
    const refused = this.#entries.get(lookupKey(token))
    if (refused === undefined || refused.token !== token || now < refused.foundAt) return undefined
    return refused.keys.isTrusted(refused.key, now) ? refused.reason : undefined
  }

  /** From its second refusal on; nothing where the same token may be accepted some day. `scratch` has room for it. */
  add(refused: RefusedToken, scratch: Scratch): void {
    if (!lasting.has(refused.reason) || !this.#isSeen(lookupKey(refused.token))) return
    const token = scratch.copy(refused.token)
    const name = lookupKey(token)
    // A name is part of its token and keeps all of it, so it must not outlive its entry.
    this.#entries.delete(name)
    this.#entries.set(name, { ...refused, token })
  }

  #isSeen(name: string): boolean {
    const mark = this.#markOf(name)
    const slot = mark % seenSlots
    if (this.#seen[slot] === mark) return true
    this.#seen[slot] = mark
    return false
  }

  /** Tokens may share one; that decides only when they are remembered. */
  #markOf(name: string): number {
    let mark = 1
    for (let i = 0; i < name.length; i++) mark = Math.imul(mark, this.#multiplier) + name.charCodeAt(i)
    return mark >>> 0
  }
}
