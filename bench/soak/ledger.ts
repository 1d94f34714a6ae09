/**
 * Every call of the soak by its number: begun, seen by the upstream, ended. Judges, and never forgets an arrival, so that
 * one that comes twice is found however late.
 */
import { endOf, isRefused, judge, type Kind, kinds, type Outcome } from './kinds.ts'

export interface LedgerSummary {
  readonly begun: number
  readonly ended: number
  readonly aborted: number
  readonly byKind: Readonly<Record<string, number>>
  /** `200`, `401 token_expired`, `200 cut` … as the callers saw it. */
  readonly byEnd: Readonly<Record<string, number>>
  /** Ends that must not be, by description. */
  readonly wrong: Readonly<Record<string, number>>
  /** Calls the upstream got twice, for another user, or though they must be refused. */
  readonly breaches: Readonly<Record<string, number>>
  /** Answered by the upstream as the callers saw it, but never seen there. */
  readonly unseen: number
}

export class Ledger {
  readonly #kinds: Kind[] = []
  readonly #users: string[] = []
  readonly #arrivals: number[] = []
  readonly #byKind = new Map<string, number>()
  readonly #byEnd = new Map<string, number>()
  readonly #wrong = new Map<string, number>()
  readonly #breaches = new Map<string, number>()
  #ended = 0
  #aborted = 0
  #unseen = 0

  begin(kind: Kind, user: string): number {
    count(this.#byKind, kind)
    this.#users.push(user)
    this.#arrivals.push(0)
    return this.#kinds.push(kind) - 1
  }

  /** The upstream has got the head of a call, for this user as it is told. */
  arrived(id: number, user: string | undefined): void {
    const kind = this.#kinds[id]
    if (kind === undefined) {
      count(this.#breaches, 'a call nobody made')
      return
    }
    const earlier = this.#arrivals[id] ?? 0
    this.#arrivals[id] = earlier + 1
    if (earlier > 0) count(this.#breaches, `${kind}: sent twice`)
    if (isRefused(kind)) count(this.#breaches, `${kind}: let through`)
    else if (user !== this.#users[id]) count(this.#breaches, `${kind}: told another user`)
  }

  end(id: number, outcome: Outcome, keysAreDown: boolean): void {
    const kind = this.#kinds[id]
    if (kind === undefined) throw new RangeError(`no call has the number ${id}`)
    this.#ended++
    if (outcome.end === 'aborted') this.#aborted++
    count(this.#byEnd, outcome.end === 'aborted' ? 'aborted' : endOf(outcome))
    const wrong = judge(kind, outcome, keysAreDown)
    if (wrong) count(this.#wrong, wrong)
    if (kinds[kind].expected === '200' && outcome.status === 200 && this.#arrivals[id] === 0) this.#unseen++
  }

  get open(): number {
    return this.#kinds.length - this.#ended
  }

  summary(): LedgerSummary {
    return {
      begun: this.#kinds.length,
      ended: this.#ended,
      aborted: this.#aborted,
      byKind: Object.fromEntries(this.#byKind),
      byEnd: Object.fromEntries(this.#byEnd),
      wrong: Object.fromEntries(this.#wrong),
      breaches: Object.fromEntries(this.#breaches),
      unseen: this.#unseen,
    }
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}
