/**
 * What rules ask of a token: app client, scopes, groups. One object for all tokens that say the same, as those of an app
 * client mostly do. Never decides anything.
 */
import type { Claims } from './claims.ts'
import { clientId, groups, scopes } from './claims.ts'

export interface Rights {
  /** Empty when the token names none. */
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly groups: readonly string[]
}

/** Together they hold no more than some hundred KiB, whatever tokens say. */
const maxRights = 100
const maxTextLength = 512

export class SharedRights {
  readonly #known = new Map<string, Rights>()

  of(claims: Claims): Rights {
    // As JSON, no two of them read alike.
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

/** Many requests share it. */
function readRights(claims: Claims): Rights {
  return Object.freeze({
    clientId: clientId(claims),
    scopes: Object.freeze(scopes(claims)),
    groups: Object.freeze(groups(claims)),
  })
}
