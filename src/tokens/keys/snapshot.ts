/**
 * The last good key sets in a file, so that a gate that starts during an outage has keys. Keys from the file are
 * checked like fetched ones. Only public keys may be written, and the file is replaced in one step.
 */
import type { JwkSetRules } from './jwk-set.ts'
import { readJwkSet } from './jwk-set.ts'
import { readIfPresent, replaceFile } from './replace-file.ts'
import { faultText } from './source.ts'
import type { GoodSet } from './trusted-keys.ts'

const formatVersion = 1

export interface SnapshotFileOptions {
  readonly path: string
  /** An unchanged snapshot is written again at this age, so that its keys do not look older than they are. */
  readonly refreshIntervalMs: number
  readonly now: () => number
  /** The sets to write, by pool id. */
  readonly collect: () => ReadonlyMap<string, GoodSet>
  readonly report: (kind: 'snapshot_ignored' | 'snapshot_failed', detail: string) => void
}

export class SnapshotFile {
  readonly #options: SnapshotFileOptions
  #savedAt = Number.NEGATIVE_INFINITY
  #writing: Promise<void> = Promise.resolve()

  constructor(options: SnapshotFileOptions) {
    this.#options = options
  }

  /** By pool id, not checked yet. Empty when there is no file, or when the file is not a snapshot. */
  read(): ReadonlyMap<string, unknown> {
    try {
      return readSnapshot(this.#options.path)
    } catch (error) {
      this.#options.report('snapshot_ignored', faultText(error))
      return new Map()
    }
  }

  /** After a good round. Writes follow one another, and each takes the sets that are known when it begins. */
  save(hasChanged: boolean): void {
    const now = this.#options.now()
    const ageMs = now - this.#savedAt
    if (!hasChanged && ageMs >= 0 && ageMs < this.#options.refreshIntervalMs) return
    this.#savedAt = now
    this.#writing = this.#writing.then(() => this.#write())
  }

  /** Resolves when all writes are over. Never rejects. */
  written(): Promise<void> {
    return this.#writing
  }

  async #write(): Promise<void> {
    try {
      await writeSnapshot(this.#options.path, this.#options.collect())
    } catch (error) {
      this.#savedAt = Number.NEGATIVE_INFINITY
      this.#options.report('snapshot_failed', faultText(error))
    }
  }
}

function readSnapshot(path: string): ReadonlyMap<string, unknown> {
  const text = readIfPresent(path)
  if (text === undefined) return new Map()
  const snapshot = asRecord(JSON.parse(text))
  const pools = asRecord(snapshot?.version === formatVersion ? snapshot.pools : undefined)
  if (pools === undefined) throw new TypeError('not a key snapshot of version 1')
  return new Map(Object.entries(pools))
}

export interface SnapshotRules extends JwkSetRules {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly maxStaleMs: number
}

/** Throws an error with a short message. Keys from the future are refused, like keys that are too old. */
export function parsePoolSnapshot(entry: unknown, rules: SnapshotRules): GoodSet {
  const fetchedAt = asRecord(entry)?.fetchedAt
  if (typeof fetchedAt !== 'number' || !(fetchedAt <= rules.now)) throw new RangeError('fetchedAt is not a past time')
  if (rules.now >= fetchedAt + rules.maxStaleMs) throw new RangeError('the keys are too old')
  return { fetchedAt, keys: readJwkSet(entry, rules).keys }
}

/** When this fails, an earlier snapshot stays as it is. */
function writeSnapshot(path: string, sets: ReadonlyMap<string, GoodSet>): Promise<void> {
  return replaceFile(path, `${JSON.stringify({ version: formatVersion, pools: Object.fromEntries(sets) })}\n`)
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined
}
