/**
 * What some rule asks of a token beside app client, scopes and groups: its use, its kind of caller, claims by name. Kept with a
 * remembered token only where a rule asks, because claims take memory. Never decides anything.
 */
import type { RouteConfig } from '../../config/config.ts'
import type { Claims } from '../claims.ts'
import { isMachine, textsOf, withoutUnverified } from '../claims.ts'

/** `unknown`: the token names no user, and is none of client credentials. */
export type SubjectKind = 'user' | 'machine' | 'unknown'

/** A claim, as texts: of a list each element. */
export interface AskedClaim {
  readonly name: string
  readonly texts: readonly string[]
}

export interface Asked {
  readonly tokenUse: string
  /** The user pool accepts this token use on rules that say nothing of it. */
  readonly isUsualUse: boolean
  readonly subject: SubjectKind
  /** Only claims that the token has, and that have text. */
  readonly claims: readonly AskedClaim[]
}

type Demands = Pick<RouteConfig, 'claims' | 'subject' | 'tokenUse'>

/** What the rules ask. Grows where rules join later, which is before the first token. */
export class Asks {
  /** An address counts although nobody has verified it. */
  readonly #believesEmail: boolean
  readonly #names = new Set<string>()
  #isAny = false
  #isUse = false

  constructor(rules: readonly Demands[], believesEmail: boolean) {
    this.#believesEmail = believesEmail
    for (const rule of rules) this.add(rule)
  }

  add({ claims = {}, subject, tokenUse }: Demands): void {
    for (const name of Object.keys(claims)) this.#names.add(name)
    this.#isUse ||= tokenUse !== undefined
    this.#isAny ||= tokenUse !== undefined || subject !== undefined || this.#names.size > 0
  }

  /** Some rule names token uses: the rules decide, and no longer the user pool alone. */
  get isUse(): boolean {
    return this.#isUse
  }

  /** Two with the same text keep the same of a token. */
  get text(): string {
    return JSON.stringify([this.#isAny, this.#isUse, [...this.#names].toSorted()])
  }

  /** Undefined: no rule asks. `claims` have their numbers as the token writes them. Frozen, because many requests share it. */
  read(claims: Claims, isUsualUse: boolean): Asked | undefined {
    if (!this.#isAny) return undefined
    const believed = this.#believesEmail ? claims : withoutUnverified(claims)
    const kept = [...this.#names].flatMap((name) => {
      const texts = Object.hasOwn(believed, name) ? textsOf(believed[name]) : []
      return texts.length === 0 ? [] : [Object.freeze({ name, texts: Object.freeze(texts) })]
    })
    return Object.freeze({
      tokenUse: claims.token_use,
      isUsualUse,
      subject: subjectKind(claims),
      claims: Object.freeze(kept),
    })
  }
}

/** Of client credentials the app client is its own subject, and there is no user. */
function subjectKind(claims: Claims): SubjectKind {
  if (isMachine(claims)) return 'machine'
  const isNamed = claims.token_use === 'id' || (claims.username !== undefined && claims.sub !== claims.client_id)
  return isNamed ? 'user' : 'unknown'
}
