/**
 * Sessions that live in their cookie. What was opened is remembered by its text, so that a warm request opens no seal and
 * verifies no token.
 */
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { SetCookies } from '../../decide/decision.ts'
import type { CookieStyle } from './cookies.ts'
import { ownText, sealContext, sealedPart, setSession, splitSession } from './cookies.ts'
import type { SessionRecord } from './record.ts'
import { packRecord, unpackRecord } from './record.ts'
import type { Refresher } from './refresher.ts'
import type { Sealer } from './seal.ts'
import type { TokenFacts, TokenRules } from './session-tokens.ts'
import { takeTokens } from './session-tokens.ts'
import type { NewRecord, Ready, Renewal, Renewed, Session, SessionStore } from './store.ts'

export interface CookieRules {
  readonly idleMs: number
  readonly absoluteMs: number
  /** The cookie outlives the browser. */
  readonly remember: boolean
  readonly maxEntries: number
  readonly maxBytes: number
  /** Of all cookies of a session, in characters: they come with every request, whose head has a limit. */
  readonly maxCookieLength: number
}

export interface CookieStoreParts {
  readonly rules: CookieRules
  readonly sealer: Sealer
  readonly cookies: CookieStyle
  readonly tokens: TokenRules
  readonly refresher: Refresher
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export interface CookieSession extends Session {
  /** The text of its cookies; '' for one that no browser has yet. */
  readonly text: string
}

export class CookieStore implements SessionStore<CookieSession> {
  readonly renewsAlone = false
  readonly #parts: CookieStoreParts
  readonly #opened: LRUCache<string, Ready<CookieSession>>

  constructor(parts: CookieStoreParts) {
    const { maxEntries, maxBytes } = parts.rules
    this.#parts = parts
    this.#opened = new LRUCache({ max: maxEntries, maxSize: maxBytes, sizeCalculation: heldBytes })
  }

  find(texts: readonly string[]): CookieSession | 'session_invalid' {
    for (const text of texts) {
      const known = this.#opened.get(cacheKey(text))
      const session = known?.text === text ? known : this.#unseal(text)
      if (session) return session
    }
    return 'session_invalid'
  }

  remember(session: CookieSession, facts: TokenFacts): Ready<CookieSession> {
    const text = ownText(session.text)
    const ready = { ...session, ...facts, text }
    this.#opened.set(cacheKey(text), ready)
    return ready
  }

  async check(): Promise<void> {}

  async begin(record: NewRecord, renewal: Renewal): Promise<SetCookies> {
    return this.#write({ sid: randomBytes(16).toString('base64url'), ...record }, renewal)
  }

  /** At most ten times in the idle time, and where the newest secret has not sealed it. */
  touch({ record, isCurrent }: CookieSession, renewal: Renewal): SetCookies {
    if (isCurrent && renewal.now < record.seenAt + this.#parts.rules.idleMs / 10) return undefined
    return this.#write({ ...record, seenAt: renewal.now }, renewal)
  }

  async renew({ record }: CookieSession): Promise<Renewed<CookieSession>> {
    const { refresher, tokens, now } = this.#parts
    const result = await refresher.refresh(record.refreshToken ?? '')
    if (result.kind === 'ended') return 'session_expired'
    if (result.kind === 'failed') return 'session_unavailable'
    const taken = await takeTokens(tokens, { record, tokens: result.tokens }, now())
    return typeof taken === 'string' ? taken : { ...taken, text: '', isCurrent: false }
  }

  idsOf(texts: readonly string[]): readonly string[] {
    return texts.flatMap((text) => this.#unseal(text)?.record.sid ?? [])
  }

  /** A copy of the cookie is all there is of it. */
  async remove(): Promise<void> {}

  close(): void {}

  #unseal(text: string): CookieSession | undefined {
    const { sealer, cookies } = this.#parts
    const opened = sealer.open(sealedPart(text), sealContext(text, cookies.names))
    const record = opened && unpackRecord(opened.bytes)
    return record && { text, record, isCurrent: opened.isCurrent }
  }

  /** Undefined: the session is too large for cookies, or for the head of a request. */
  #write(record: SessionRecord, { now, header }: Renewal): SetCookies {
    const { sealer, cookies, rules } = this.#parts
    const bytes = packRecord(record)
    for (let count = 1; count <= 9; count++) {
      const chunks = splitSession(sealer.seal(bytes, sealContext(String(count), cookies.names)))
      if (chunks === undefined || chunks.join('').length > rules.maxCookieLength) return undefined
      if (chunks.length !== count) continue
      const ends = Math.min(record.createdAt + rules.absoluteMs, now + rules.idleMs)
      return setSession(cookies, chunks, { maxAgeMs: rules.remember ? ends - now : undefined, header })
    }
    return undefined
  }
}

/** The end of a sealed text is its tag: random, and cheap to hash. Whoever finds an entry compares the whole text. */
function cacheKey(text: string): string {
  return text.slice(-24)
}

const sessionOverhead = 4096

function heldBytes({ text, caller }: Ready<CookieSession>): number {
  return text.length * 2 + caller.identityLines.length + sessionOverhead
}
