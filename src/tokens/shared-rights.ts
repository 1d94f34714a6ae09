/**
 * The claims that policies ask for: app client, scopes, groups. Tokens that say the same, as most tokens of an app
 * client do, share one object. Never decides anything.
 */
import type { Claims } from './claims.ts'
import { clientId, groups, scopes } from './claims.ts'

export interface Rights {
  /** Empty when the token names none. */
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly groups: readonly string[]
}

/** With these limits all shared objects take at most some hundred KiB, whatever tokens say. */
const maxRights = 100
const maxTextLength = 512

export class SharedRights {
  readonly #known = new Map<string, Rights>()

  of(claims: Claims): Rights {
    // JSON, so that different rights never give the same text.
    const text = JSON.stringify([clientId(claims), claims.scope, groups(claims)])
    return this.#known.get(text) ?? this.#remember(text, readRights(claims))
  }

  #remember(text: string, rights: Rights): Rights {
    if (text.length > maxTextLength) return rights
    if (this.#known.size === maxRights) this.#known.clear()
    this.#known.set(text, rights)
    return rights
  }
}

/** Frozen, because many requests share it. */
function readRights(claims: Claims): Rights {
  return Object.freeze({
    clientId: clientId(claims),
    scopes: Object.freeze(scopes(claims)),
    groups: Object.freeze(groups(claims)),
  })
}
