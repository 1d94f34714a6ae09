/**
 * The JWKS cache: one PoolKeys for each user pool, and one snapshot of them all. It must not have a timer of its own:
 * `refresh.ts` calls `refreshDue`.
 */
import { isDeepStrictEqual } from 'node:util'
import type { JwksConfig } from '../../config/config.ts'
import { maxJwkSetBytes } from './jwk-set.ts'
import type { KeyStatus, TrustedKey } from './pool-keys.ts'
import { PoolKeys } from './pool-keys.ts'
import { parsePoolSnapshot, SnapshotFile } from './snapshot.ts'
import type { KeySource } from './source.ts'
import { faultText, fileSource, mayBeEmulator, uriSource } from './source.ts'
import type { GoodSet } from './trusted-keys.ts'

/** Rejects with a short message that holds nothing of the answer's body. */
export type FetchKeys = (
  uri: string,
  limits: {
    readonly timeoutMs: number
    readonly maxBytes: number
    /** Plain http is allowed from other hosts too. */
    readonly insecureHttp?: boolean
  },
) => Promise<Uint8Array>

export interface JwksPool {
  readonly id: string
  /** In order of preference. */
  readonly uris: readonly string[]
  /** A file with pinned keys: the URIs are not used, and the keys never become too old. */
  readonly file?: string
  /** Its URIs may be plain http on other hosts. */
  readonly insecureHttp?: boolean
}

export interface JwksEvent {
  readonly kind: 'fetched' | 'fetch_failed' | 'keys_changed' | 'snapshot_failed' | 'snapshot_ignored' | 'key_rejected'
  /** Pool id, or `*` for the snapshot as a whole. */
  readonly pool: string
  readonly detail: string
}

export interface JwksOptions extends JwksConfig {
  readonly pools: readonly JwksPool[]
  readonly fetch: FetchKeys
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** 0 to 1. */
  readonly random: () => number
  readonly onEvent: (event: JwksEvent) => void
  readonly onWithdrawn: (key: TrustedKey) => void
}

const wholeSnapshot = '*'

export class Jwks {
  readonly #options: JwksOptions
  readonly #pools: ReadonlyMap<string, PoolKeys>
  readonly #snapshot: SnapshotFile | undefined

  constructor(options: JwksOptions) {
    this.#options = options
    this.#pools = new Map(options.pools.map((pool) => [pool.id, this.#createPool(pool)]))
    this.#snapshot = this.#createSnapshot()
  }

  /** Reads files with pinned keys and the snapshot. A fault in them is reported as an event, never thrown. */
  load(): void {
    for (const pool of this.#pools.values()) pool.load()
    const entries = this.#snapshot?.read()
    for (const pool of this.#options.pools) {
      if (pool.file === undefined && entries?.has(pool.id)) this.#restore(pool, entries.get(pool.id))
    }
  }

  /** Takes the keys of pools that another cache has got from the same place. */
  inherit(before: Jwks): void {
    const now = this.#options.now()
    for (const pool of this.#options.pools) {
      const other = before.#options.pools.find(({ id }) => id === pool.id)
      const known = isDeepStrictEqual(other, pool) ? before.pool(pool.id).snapshot(now) : undefined
      if (known) this.pool(pool.id).restore(known)
    }
  }

  /** Throws RangeError for a pool that is not configured. */
  pool(id: string): PoolKeys {
    const keys = this.#pools.get(id)
    if (keys === undefined) throw new RangeError(`user pool ${id} is not configured`)
    return keys
  }

  /** Starts a round in every pool that is due. Resolves when these rounds are over and the snapshot is written. */
  async refreshDue(): Promise<void> {
    const now = this.#options.now()
    const due = [...this.#pools.values()].filter((pool) => pool.nextDueAt(now) <= now)
    await Promise.all(due.map((pool) => pool.refresh()))
    await this.#snapshot?.written()
  }

  /** Milliseconds since the epoch; Infinity while every pool is being refreshed. */
  nextDueAt(): number {
    const now = this.#options.now()
    return Math.min(...Array.from(this.#pools.values(), (pool) => pool.nextDueAt(now)))
  }

  statuses(): readonly KeyStatus[] {
    const now = this.#options.now()
    return Array.from(this.#pools.values(), (pool) => pool.status(now))
  }

  #createPool(pool: JwksPool): PoolKeys {
    const { onEvent } = this.#options
    return new PoolKeys({
      ...this.#options,
      id: pool.id,
      sources: this.#createSources(pool),
      report: (kind, detail) => onEvent({ kind, pool: pool.id, detail }),
      onGoodRound: (hasChanged) => this.#snapshot?.save(hasChanged),
    })
  }

  #createSnapshot(): SnapshotFile | undefined {
    const { snapshotFile, onEvent } = this.#options
    if (snapshotFile === undefined) return undefined
    return new SnapshotFile({
      ...this.#options,
      path: snapshotFile,
      collect: () => this.#snapshotSets(),
      report: (kind, detail) => onEvent({ kind, pool: wholeSnapshot, detail }),
    })
  }

  #createSources({ uris, file, insecureHttp = false }: JwksPool): readonly KeySource[] {
    if (file !== undefined) return [fileSource(file)]
    const { fetch, timeoutMs } = this.#options
    const limits = { timeoutMs, maxBytes: maxJwkSetBytes, ...(insecureHttp && { insecureHttp }) }
    return uris.map((uri) => uriSource(uri, () => fetch(uri, limits), insecureHttp))
  }

  #restore({ id, uris, insecureHttp = false }: JwksPool, entry: unknown): void {
    const { now, maxStaleMs, onEvent } = this.#options
    const allowLeakedKeys = uris.some((uri) => mayBeEmulator(uri, insecureHttp))
    try {
      this.pool(id).restore(parsePoolSnapshot(entry, { now: now(), maxStaleMs, allowLeakedKeys }))
    } catch (error) {
      onEvent({ kind: 'snapshot_ignored', pool: id, detail: faultText(error) })
    }
  }

  #snapshotSets(): ReadonlyMap<string, GoodSet> {
    const now = this.#options.now()
    const sets = new Map<string, GoodSet>()
    for (const pool of this.#pools.values()) {
      const set = pool.snapshot(now)
      if (set !== undefined) sets.set(pool.id, set)
    }
    return sets
  }
}
