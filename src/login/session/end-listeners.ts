/**
 * Who wants to hear of the end of a session: the WebSockets that were opened with it.
 */
export class EndListeners {
  readonly #bySid = new Map<string, Set<() => void>>()

  /** Sessions that somebody listens for. */
  get count(): number {
    return this.#bySid.size
  }

  /** Returns what forgets it. */
  add(ids: readonly string[], run: () => void): () => void {
    for (const sid of ids) this.#setOf(sid).add(run)
    return () => {
      for (const sid of ids) this.#remove(sid, run)
    }
  }

  tell(sid: string): void {
    for (const run of this.#bySid.get(sid) ?? []) run()
  }

  #setOf(sid: string): Set<() => void> {
    const known = this.#bySid.get(sid)
    if (known) return known
    const fresh = new Set<() => void>()
    this.#bySid.set(sid, fresh)
    return fresh
  }

  #remove(sid: string, run: () => void): void {
    const runs = this.#bySid.get(sid)
    runs?.delete(run)
    if (runs?.size === 0) this.#bySid.delete(sid)
  }
}
