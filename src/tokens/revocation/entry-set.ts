/** Entries that are found by what they name. Of two that differ in their ends alone the later one stays. */
import type { DenyEntry, DenyName } from './entries.ts'

export class EntrySet {
  readonly #byKey = new Map<string, readonly DenyEntry[]>()
  #size = 0
  /** Nothing ends before, in milliseconds since the epoch. */
  #firstEnd = Number.POSITIVE_INFINITY

  constructor(entries: Iterable<DenyEntry> = []) {
    for (const entry of entries) this.add(entry)
  }

  get size(): number {
    return this.#size
  }

  add(entry: DenyEntry): void {
    if (this.covers(entry)) return
    const others = this.find(entry.name, entry.value).filter(({ issuedBefore }) => issuedBefore !== entry.issuedBefore)
    this.#set(keyOf(entry), [...others, entry])
    this.#firstEnd = Math.min(this.#firstEnd, entry.until)
  }

  /** It is there, with the same end or a later one. */
  covers({ name, value, issuedBefore, until }: DenyEntry): boolean {
    return this.find(name, value).some((known) => known.issuedBefore === issuedBefore && known.until >= until)
  }

  find(name: DenyName, value: string): readonly DenyEntry[] {
    return this.#byKey.get(keyOf({ name, value })) ?? []
  }

  /** Those that count at that time, in milliseconds since the epoch. */
  counting(now: number): readonly DenyEntry[] {
    return [...this.#byKey.values()].flat().filter(({ until }) => now < until)
  }

  forgetEnded(now: number): void {
    if (now < this.#firstEnd) return
    this.#firstEnd = Number.POSITIVE_INFINITY
    for (const [key, entries] of this.#byKey) {
      const counting = entries.filter(({ until }) => now < until)
      for (const { until } of counting) this.#firstEnd = Math.min(this.#firstEnd, until)
      if (counting.length < entries.length) this.#set(key, counting)
    }
  }

  #set(key: string, entries: readonly DenyEntry[]): void {
    this.#size += entries.length - (this.#byKey.get(key)?.length ?? 0)
    if (entries.length === 0) this.#byKey.delete(key)
    else this.#byKey.set(key, entries)
  }
}

function keyOf({ name, value }: Pick<DenyEntry, 'name' | 'value'>): string {
  return `${name} ${value}`
}
