/**
 * Which key signs, and which keys are published, at any time: a key is published before it signs and after. There is no timer; the
 * time is an argument.
 */
import type { SigningKey } from './signing-keys.ts'

/** How long an answer with the public keys may be kept, and so how long a key is published before it signs. */
export const publishAheadMs = 5 * 60_000

interface Former {
  readonly key: SigningKey
  /** Milliseconds since the epoch; Infinity: as long as it is in the file. */
  readonly publishedUntil: number
}

export class KeyRing {
  /** Of the file, in its order. */
  readonly keys: readonly SigningKey[]
  /** When the published ones may sign: verifiers may have seen them for long enough then. */
  readonly #ripeFrom: ReadonlyMap<string, number>
  readonly #before: SigningKey
  readonly #former: readonly Former[]

  private constructor(
    keys: readonly SigningKey[],
    parts: {
      readonly ripeFrom: ReadonlyMap<string, number>
      readonly before: SigningKey
      readonly former: readonly Former[]
    },
  ) {
    this.keys = keys
    this.#ripeFrom = parts.ripeFrom
    this.#before = parts.before
    this.#former = parts.former
  }

  /** Nobody knows a key yet, so nobody has to wait for one. Throws RangeError without a key. */
  static begin(keys: readonly SigningKey[]): KeyRing {
    return new KeyRing(keys, { ripeFrom: new Map(), before: firstOf(keys), former: [] })
  }

  /** `ttlMs`: how long what a key has signed may be verified. */
  follow(keys: readonly SigningKey[], now: number, ttlMs: number): KeyRing {
    const names = (list: readonly SigningKey[]) => list.map(({ kid }) => kid).join(' ')
    if (names(keys) === names(this.keys)) return this
    const published = this.published(now)
    const isPublished = ({ kid }: SigningKey) => published.some((key) => key.kid === kid)
    const ripeAt = (key: SigningKey) => (isPublished(key) ? (this.#ripeFrom.get(key.kid) ?? 0) : now + publishAheadMs)
    const ripeFrom = new Map([...published, ...keys].map((key) => [key.kid, ripeAt(key)]))
    const before = this.signer(now)
    const lastUse = Math.max(now, ripeAt(firstOf(keys)))
    const former = published
      .filter(({ kid }) => !keys.some((key) => key.kid === kid))
      .map((key) => {
        const until = (key.kid === before.kid ? lastUse : now) + ttlMs + publishAheadMs
        return { key, publishedUntil: Math.max(until, this.#publishedUntil(key)) }
      })
    return new KeyRing(keys, { ripeFrom, before, former })
  }

  /** The first key, once it has been published for long enough. */
  signer(now: number): SigningKey {
    const first = firstOf(this.keys)
    return now >= (this.#ripeFrom.get(first.kid) ?? 0) ? first : this.#before
  }

  published(now: number): readonly SigningKey[] {
    return [...this.keys, ...this.#former.filter(({ publishedUntil }) => now < publishedUntil).map(({ key }) => key)]
  }

  #publishedUntil(key: SigningKey): number {
    return this.#former.find((former) => former.key.kid === key.kid)?.publishedUntil ?? 0
  }
}

function firstOf([first]: readonly SigningKey[]): SigningKey {
  if (first === undefined) throw new RangeError('there is no key')
  return first
}
