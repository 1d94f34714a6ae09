/**
 * The keys that a pool trusts now, by kid. A key is the same object as long as its kid and material stay the same. A
 * key that is no longer trusted must be marked as withdrawn, because cached tokens still hold it.
 */
import type { KeyObject } from 'node:crypto'
import { createPublicKey } from 'node:crypto'
import type { PublicJwk } from './jwk-set.ts'
import { isSameMaterial, printKid } from './jwk-set.ts'

export interface TrustedKey {
  readonly jwk: PublicJwk
  readonly publicKey: KeyObject
  readonly kid: string
  /** Pool id. */
  readonly pool: string
  /** Once true, it stays true. */
  withdrawn: boolean
}

export interface FoundKey {
  readonly kind: 'found'
  readonly key: TrustedKey
}

/** The keys that one source published last. */
export interface GoodSet {
  readonly keys: readonly PublicJwk[]
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number
}

export interface KeyChange {
  readonly added: readonly string[]
  readonly withdrawn: readonly TrustedKey[]
}

export class TrustedKeys {
  readonly #pool: string
  #byKid: ReadonlyMap<string, FoundKey> = new Map()

  constructor(pool: string) {
    this.#pool = pool
  }

  get size(): number {
    return this.#byKid.size
  }

  find(kid: string): FoundKey | undefined {
    return this.#byKid.get(kid)
  }

  jwks(): readonly PublicJwk[] {
    return Array.from(this.#byKid.values(), ({ key }) => key.jwk)
  }

  /** Adds the keys with new kids and withdraws none. */
  extend(keys: readonly PublicJwk[]): KeyChange {
    return this.#adopt([...this.jwks(), ...keys.filter(({ kid }) => !this.#byKid.has(kid))])
  }

  /** Trusts exactly the union of these sets. When two of them differ in a kid, the one that was fetched last counts. */
  replace(sets: readonly GoodSet[]): KeyChange {
    const union = new Map<string, PublicJwk>()
    for (const set of sets.toSorted((one, other) => other.fetchedAt - one.fetchedAt)) {
      for (const jwk of set.keys) if (!union.has(jwk.kid)) union.set(jwk.kid, jwk)
    }
    return this.#adopt([...union.values()])
  }

  #adopt(keys: readonly PublicJwk[]): KeyChange {
    const before = this.#byKid
    const after = new Map<string, FoundKey>()
    const added: string[] = []
    for (const jwk of keys) {
      const known = before.get(jwk.kid)
      const isKnown = known !== undefined && isSameMaterial(known.key.jwk, jwk)
      after.set(jwk.kid, isKnown ? known : this.#trust(jwk))
      if (!isKnown) added.push(jwk.kid)
    }
    const gone = Array.from(before.values()).filter((found) => after.get(found.key.kid) !== found)
    this.#byKid = after
    for (const { key } of gone) key.withdrawn = true
    return { added, withdrawn: gone.map(({ key }) => key) }
  }

  #trust(jwk: PublicJwk): FoundKey {
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
    return Object.freeze({ kind: 'found', key: { jwk, publicKey, kid: jwk.kid, pool: this.#pool, withdrawn: false } })
  }
}

export function isChange({ added, withdrawn }: KeyChange): boolean {
  return added.length + withdrawn.length > 0
}

export function describeChange({ added, withdrawn }: KeyChange): string {
  const gone = withdrawn.map(({ kid }) => kid)
  return `added ${added.map(printKid).join(' ') || 'none'}, withdrawn ${gone.map(printKid).join(' ') || 'none'}`
}
