/**
 * The last requests that were refused or failed, for the status page. Holds no token, no claim, no query and no address, and
 * never more than fifty.
 */

const kept = 50

export interface RecentRefusal {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly requestId: string
  readonly method: string
  /** Without the query; parts that may be personal or secret are replaced. */
  readonly path: string
  readonly route: string
  readonly status: number
  readonly reason: string
  /** The app client as labels name it; `none` where no token was read. */
  readonly client: string
}

export class RecentRefusals {
  readonly #now: () => number
  readonly #refusals: RecentRefusal[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  add(refusal: Omit<RecentRefusal, 'at'>): void {
    if (this.#refusals.length === kept) this.#refusals.shift()
    this.#refusals.push({ at: this.#now(), ...refusal })
  }

  /** The latest first. */
  list(): readonly RecentRefusal[] {
    return this.#refusals
      .map((refusal) => ({ ...refusal, method: refusal.method.slice(0, maxMethod), path: veilPath(refusal.path) }))
      .toReversed()
  }
}

/** The latest of all, as many as one process keeps. */
export function mergeRefusals(lists: readonly (readonly RecentRefusal[])[]): readonly RecentRefusal[] {
  return lists
    .flat()
    .toSorted((a, b) => b.at - a.at)
    .slice(0, kept)
}

const maxMethod = 20
const maxPath = 160
const maxSegment = 24

/** Long segments may be keys or tokens, and an at sign is that of a mail address: of both only the place is shown. */
function veilPath(path: string): string {
  const veiled = path.split('/').map((segment) => {
    if (/@|%40/i.test(segment)) return '…'
    return segment.length > maxSegment ? `${segment.slice(0, 4)}…` : segment
  })
  return veiled.join('/').slice(0, maxPath)
}
