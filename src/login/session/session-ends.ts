/**
 * The sessions that ended in this process, and who wants to hear of it: the WebSockets and the event streams that were
 * opened with them. Kept over a reload of the configuration.
 */
import { LRUCache } from 'lru-cache'

export class SessionEnds {
  /** A copy of their cookie is worth nothing any more. */
  readonly #ended = new LRUCache<string, true>({ max: 10_000 })
  readonly #listeners = new Map<string, Set<() => void>>()

  has(sid: string): boolean {
    return this.#ended.has(sid)
  }

  add(ids: readonly string[]): void {
    for (const sid of ids) this.#ended.set(sid, true)
    this.tell(ids)
  }

  /** Sessions that somebody listens for. */
  get listenedCount(): number {
    return this.#listeners.size
  }

  /** Returns what forgets it. */
  listen(ids: readonly string[], run: () => void): () => void {
    for (const sid of ids) this.#setOf(sid).add(run)
    return () => {
      for (const sid of ids) this.#remove(sid, run)
    }
  }

  /** Their WebSockets and event streams end; the sessions are not remembered, because they are found ended each time. */
  tell(ids: readonly string[]): void {
    for (const sid of ids) for (const run of this.#listeners.get(sid) ?? []) run()
  }

  #setOf(sid: string): Set<() => void> {
    const known = this.#listeners.get(sid)
    if (known) return known
    const fresh = new Set<() => void>()
    this.#listeners.set(sid, fresh)
    return fresh
  }

  #remove(sid: string, run: () => void): void {
    const runs = this.#listeners.get(sid)
    runs?.delete(run)
    if (runs?.size === 0) this.#listeners.delete(sid)
  }
}
