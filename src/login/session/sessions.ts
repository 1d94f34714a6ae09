/**
 * Sessions that live in a sealed cookie: found, opened, renewed and ended. What was opened is remembered by its text, so
 * that a warm request opens no seal and verifies no token.
 */
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Sessions, SessionVerdict, SetCookies } from '../../decide/decision.ts'
import type { RequestHead } from '../../decide/request-head.ts'
import type { Claims } from '../../tokens/claims.ts'
import type { Verified } from '../../tokens/verified.ts'
import type { Tokens } from '../oauth/cognito.ts'
import type { SignInVerifiers } from '../oauth/verify-tokens.ts'
import { callerOf, payloadOf, verifyAccessToken, verifyIdToken } from '../oauth/verify-tokens.ts'
import type { CookieStyle } from './cookies.ts'
import { clearSession, sealContext, sealedPart, sessionTexts, setSession, splitSession } from './cookies.ts'
import type { SiteRules } from './cross-site.ts'
import { isCrossSite } from './cross-site.ts'
import type { SessionRecord } from './record.ts'
import { packRecord, unpackRecord } from './record.ts'
import type { Refresher } from './refresher.ts'
import type { Sealer } from './seal.ts'

export interface SessionRules {
  readonly idleMs: number
  readonly absoluteMs: number
  /** The cookie outlives the browser. */
  readonly remember: boolean
  /** Tokens are renewed this long before they expire. */
  readonly aheadMs: number
  /** How long a request waits for a renewal without which it cannot pass. */
  readonly patienceMs: number
  /** Claims of the ID token that are kept. */
  readonly claims: readonly string[]
  readonly maxEntries: number
  readonly maxBytes: number
}

export interface SessionParts {
  readonly rules: SessionRules
  readonly sealer: Sealer
  readonly cookies: CookieStyle
  readonly site: SiteRules
  readonly verifiers: SignInVerifiers
  readonly refresher: Refresher
  /** Resolves after that time. */
  readonly wait: (ms: number) => Promise<void>
}

/** A session that was opened. */
export interface Session {
  /** The text of its cookies. */
  readonly text: string
  readonly record: SessionRecord
  /** The newest secret has sealed it. */
  readonly isCurrent: boolean
  /** Undefined: the access token has expired, or was never verified here. */
  readonly caller: Verified | undefined
  /** When the tokens should be renewed. */
  readonly renewAt: number
}

const none = { kind: 'none' } as const

export class CookieSessions implements Sessions {
  readonly #parts: SessionParts
  readonly #opened: LRUCache<string, Session>
  /** Ids of sessions that were ended here. A copy of their cookie is worth nothing any more. */
  readonly #ended = new LRUCache<string, true>({ max: 10_000 })

  constructor(parts: SessionParts) {
    const { maxEntries, maxBytes } = parts.rules
    this.#parts = parts
    this.#opened = new LRUCache({ max: maxEntries, maxSize: maxBytes, sizeCalculation: heldBytes })
  }

  open(head: RequestHead, now: number): SessionVerdict | Promise<SessionVerdict> {
    const header = head.fields.cookie
    if (header === undefined || !header.includes(this.#parts.cookies.names.session)) return none
    const texts = sessionTexts(header, this.#parts.cookies.names)
    if (texts.length === 0) return none
    if (isCrossSite(head.method, head.fields, this.#parts.site)) return refused('cross_site_request', undefined)
    const session = this.#find(texts)
    if (session === undefined) return this.#refuse('session_invalid', header)
    if (this.#hasEnded(session.record, now)) return this.#refuse('session_expired', header)
    return this.#use({ session, header, now })
  }

  /** The session of a request, if it has one that has not ended. Renews nothing. */
  peek(header: string | undefined, now: number): SessionRecord | undefined {
    const session = this.#find(sessionTexts(header ?? '', this.#parts.cookies.names))
    return session && !this.#hasEnded(session.record, now) ? session.record : undefined
  }

  /** What its own browser may know of a session. */
  describe({ token, subject, groups, scopes, expiresAtMs }: Verified, header: string | undefined, now: number) {
    const record = this.peek(header, now)
    const { idleMs, absoluteMs } = this.#parts.rules
    const ends = record ? Math.min(record.createdAt + absoluteMs, now + idleMs) : now
    return {
      username: payloadOf(token).username,
      sub: subject,
      groups,
      scopes,
      expiresAt: new Date(expiresAtMs).toISOString(),
      sessionEndsAt: new Date(ends).toISOString(),
    }
  }

  /** Begins a session with tokens that were verified. Undefined: they are larger than cookies can be. */
  begin(tokens: Tokens, claims: SessionRecord['claims'], { now, header }: Renewal): SetCookies {
    const { accessToken, refreshToken } = tokens
    const sid = randomBytes(16).toString('base64url')
    return this.#write({ sid, createdAt: now, seenAt: now, accessToken, refreshToken, claims }, { now, header })
  }

  /** Ends it for every copy of its cookie that comes to this process. */
  end({ sid }: Pick<SessionRecord, 'sid'>): void {
    this.#ended.set(sid, true)
  }

  #find(texts: readonly string[]): Session | undefined {
    for (const text of texts) {
      const known = this.#opened.get(cacheKey(text))
      const session = known?.text === text ? known : this.#unseal(text)
      if (session) return session
    }
    return undefined
  }

  #unseal(text: string): Session | undefined {
    const { sealer, cookies } = this.#parts
    const opened = sealer.open(sealedPart(text), sealContext(text, cookies.names))
    const record = opened && unpackRecord(opened.bytes)
    return record && { text, record, isCurrent: opened.isCurrent, caller: undefined, renewAt: 0 }
  }

  #hasEnded({ sid, createdAt, seenAt }: SessionRecord, now: number): boolean {
    const { idleMs, absoluteMs } = this.#parts.rules
    return now >= createdAt + absoluteMs || now >= seenAt + idleMs || this.#ended.has(sid)
  }

  #use(use: Use): SessionVerdict | Promise<SessionVerdict> {
    const { session, now } = use
    const { caller, renewAt } = session
    if (caller !== undefined && now < renewAt && caller.keys.isTrusted(caller.key, now)) {
      return { kind: 'open', caller, cookies: this.#touch(use) }
    }
    return this.#prepare(use)
  }

  /** Verifies the access token of a session that is not remembered, and renews the one of a session that needs it. */
  async #prepare(use: Use): Promise<SessionVerdict> {
    const { session, now, header } = use
    const verification = await verifyAccessToken(this.#parts.verifiers, session.record.accessToken, now)
    if (verification.kind === 'rejected') {
      if (verification.reason === 'keys_unavailable') return refused('session_unavailable', undefined)
      return verification.reason === 'token_expired' ? this.#renew(use) : this.#refuse('session_invalid', header)
    }
    const ready = this.#remember(session, verification)
    if (now < ready.renewAt)
      return { kind: 'open', caller: ready.caller, cookies: this.#touch({ ...use, session: ready }) }
    return this.#renew({ ...use, session: ready }, ready.caller)
  }

  #remember(session: Session, verified: Verified): Session & { readonly caller: Verified } {
    const ready = {
      ...session,
      caller: callerOf(this.#parts.verifiers, verified, session.record.claims),
      renewAt: this.#renewAt(session.record, verified),
    }
    this.#opened.set(cacheKey(session.text), ready)
    return ready
  }

  /**
   * Not earlier than after 80 % of the token's life, and a little earlier for some sessions than for others, so that those
   * which began together do not all renew at once.
   */
  #renewAt({ sid, refreshToken }: SessionRecord, { expiresAtMs, token }: Verified): number {
    if (refreshToken === undefined) return expiresAtMs
    const { iat = 0 } = payloadOf(token)
    const ahead = Math.min(this.#parts.rules.aheadMs, Math.max(0, expiresAtMs - iat * 1000) / 5)
    const jitter = (Buffer.from(sid, 'base64url').readUInt8() / 255) * 0.5
    return expiresAtMs - ahead * (1 - jitter)
  }

  /** `caller` is the one of the present token, where it is still good. */
  async #renew(use: Use, caller?: Verified): Promise<SessionVerdict> {
    const { session, header, now } = use
    const { refreshToken } = session.record
    if (refreshToken === undefined) return this.#refuse('session_expired', header)
    const { refresher, rules, wait } = this.#parts
    const patience = caller === undefined ? rules.patienceMs : Math.min(rules.patienceMs, backgroundMs)
    const late = wait(patience).then(() => ({ kind: 'failed' }) as const)
    const result = await Promise.race([refresher.refresh(refreshToken), late])
    if (this.#ended.has(session.record.sid)) return this.#refuse('session_expired', header)
    if (result.kind === 'tokens') return this.#adopt(use, result.tokens)
    if (result.kind === 'ended') return this.#refuse('session_expired', header)
    return caller === undefined
      ? refused('session_unavailable', undefined)
      : { kind: 'open', caller, cookies: this.#touch({ session, header, now }) }
  }

  async #adopt({ session, header, now }: Use, tokens: Tokens): Promise<SessionVerdict> {
    const { verifiers, rules } = this.#parts
    const { record } = session
    const verified = await verifyAccessToken(verifiers, tokens.accessToken, now)
    if (verified.kind === 'rejected') return this.#refuse('session_invalid', header)
    const { subject } = verified
    if (subject !== payloadOf(record.accessToken).sub) return this.#refuse('session_invalid', header)
    const fresh = tokens.idToken && (await verifyIdToken(verifiers, tokens.idToken, { subject, now }))
    // Tokens of somebody else, which no user pool should ever send.
    if (tokens.idToken !== undefined && !fresh) return this.#refuse('session_invalid', header)
    const renewed: SessionRecord = {
      ...record,
      seenAt: now,
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken ?? record.refreshToken,
      claims: fresh ? chooseClaims(fresh, rules.claims) : record.claims,
    }
    if (this.#ended.has(record.sid)) return this.#refuse('session_expired', header)
    const cookies = this.#write(renewed, { now, header })
    return { kind: 'open', caller: callerOf(verifiers, verified, renewed.claims), cookies }
  }

  /** Says that the session was used, at most ten times in its idle time, and seals it with the newest secret. */
  #touch({ session, header, now }: Use): SetCookies {
    const { record, isCurrent } = session
    if (isCurrent && now < record.seenAt + this.#parts.rules.idleMs / 10) return undefined
    return this.#write({ ...record, seenAt: now }, { now, header })
  }

  /** Undefined: the session is too large for cookies. */
  #write(record: SessionRecord, { now, header }: Renewal): SetCookies {
    const { sealer, cookies, rules } = this.#parts
    const bytes = packRecord(record)
    for (let count = 1; count <= 9; count++) {
      const chunks = splitSession(sealer.seal(bytes, sealContext(String(count), cookies.names)))
      if (chunks === undefined) return undefined
      if (chunks.length !== count) continue
      const ends = Math.min(record.createdAt + rules.absoluteMs, now + rules.idleMs)
      return setSession(cookies, chunks, { maxAgeMs: rules.remember ? ends - now : undefined, header })
    }
    return undefined
  }

  #refuse(reason: 'session_invalid' | 'session_expired', header: string): SessionVerdict {
    return refused(reason, clearSession(this.#parts.cookies, header))
  }
}

/** While the present token is good, nobody waits long for the next one. */
const backgroundMs = 1000

interface Use {
  readonly session: Session
  /** The Cookie header of the request. */
  readonly header: string
  readonly now: number
}

interface Renewal {
  readonly now: number
  readonly header: string | undefined
}

export function chooseClaims(claims: Claims, names: readonly string[]): SessionRecord['claims'] {
  return Object.fromEntries(names.filter((name) => claims[name] !== undefined).map((name) => [name, claims[name]]))
}

function refused(reason: Extract<SessionVerdict, { kind: 'refused' }>['reason'], cookies: SetCookies): SessionVerdict {
  return { kind: 'refused', reason, cookies }
}

/** The end of a sealed text is its tag: random, and cheap to hash. Whoever finds an entry compares the whole text. */
function cacheKey(text: string): string {
  return text.slice(-24)
}

const sessionOverhead = 4096

function heldBytes({ text, caller }: Session): number {
  return text.length * 2 + (caller?.identityLines.length ?? 0) + sessionOverhead
}
