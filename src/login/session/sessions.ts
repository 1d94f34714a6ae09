/**
 * The sessions of browsers: found, judged, renewed and ended, wherever they live. A warm request is answered without a
 * promise.
 */

import type { SiteRules } from '../../credentials/cross-site.ts'
import { isCrossSite } from '../../credentials/cross-site.ts'
import type { SessionReason, Sessions, SessionVerdict, SetCookies } from '../../decide/decision.ts'
import type { RequestHead } from '../../decide/request-head.ts'
import type { Reason } from '../../reasons.ts'
import { StoreAway } from '../../redis/store-away.ts'
import type { Verified } from '../../tokens/verified.ts'
import type { Tokens } from '../oauth/cognito.ts'
import { payloadOf, verifyAccessToken } from '../oauth/verify-tokens.ts'
import type { CookieStyle } from './cookies.ts'
import { clearSession, sessionTexts } from './cookies.ts'
import type { SessionRecord } from './record.ts'
import type { SessionEnds } from './session-ends.ts'
import type { TokenRules } from './session-tokens.ts'
import { describeTokens, idTokenOf } from './session-tokens.ts'
import type { Absence, Ready, Renewal, Renewed, Session, SessionStore } from './store.ts'

export interface SessionRules {
  readonly idleMs: number
  readonly absoluteMs: number
  /** How long a request waits for a renewal without which it cannot pass. */
  readonly patienceMs: number
}

export interface SessionParts<S extends Session> {
  readonly rules: SessionRules
  readonly store: SessionStore<S>
  readonly cookies: CookieStyle
  readonly site: SiteRules
  readonly tokens: TokenRules
  readonly ends: SessionEnds
  /** Resolves after that time. */
  readonly wait: (ms: number) => Promise<void>
}

/** What a WebSocket or an event stream holds that was opened with a session. */
export interface SessionLease {
  /** Renews the session beyond `from`, in milliseconds since the epoch. Its caller as of now; undefined: it has ended. */
  extend(from: number): Promise<Verified | undefined>
  /** Calls `run` when the session ends here. Returns what forgets it. */
  onEnd(run: () => void): () => void
}

/** As the walk sees a session, and what else is needed of one that is open. */
export type BrowserVerdict =
  | Exclude<SessionVerdict, { kind: 'open' }>
  | (Extract<SessionVerdict, { kind: 'open' }> & Pick<SessionRecord, 'idToken'>)

const none = { kind: 'none' } as const
/** While the present token is good, nobody waits long for the next one. */
const backgroundMs = 1000

export class BrowserSessions<S extends Session = Session> implements Sessions {
  readonly #parts: SessionParts<S>

  constructor(parts: SessionParts<S>) {
    this.#parts = parts
  }

  open(head: RequestHead, now: number): BrowserVerdict | Promise<BrowserVerdict> {
    const header = head.fields.cookie
    const { cookies, site, store } = this.#parts
    if (header === undefined || !header.includes(cookies.names.session)) return none
    const texts = sessionTexts(header, cookies.names)
    if (texts.length === 0) return none
    if (isCrossSite(head.method, head.fields, site)) return refused('cross_site_request', undefined)
    const found = store.find(texts, now)
    const renewal = { header, now }
    if (found instanceof Promise) return found.then((late) => this.#judge(late, renewal), unavailable)
    return this.#judge(found, renewal)
  }

  /** The session of a request, if it has one that has not ended. Renews nothing. Rejects with StoreAway. */
  async peek(header: string | undefined, now: number): Promise<SessionRecord | undefined> {
    const found = await this.#parts.store.find(this.#textsOf(header), now)
    return typeof found === 'string' || this.#hasEnded(found.record, now) ? undefined : found.record
  }

  /** What its own browser may know of a session. */
  async describe({ token, subject, groups, scopes, expiresAtMs }: Verified, { header, now }: Renewal) {
    const record = await this.peek(header, now)
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

  /** Rejects with StoreAway where no session can begin now. */
  check(): Promise<void> {
    return this.#parts.store.check()
  }

  /** Begins a session with tokens that were verified. Undefined: they are too large. Rejects with StoreAway. */
  begin(tokens: Tokens, kind: Pick<SessionRecord, 'claims' | 'asked'>, renewal: Renewal): Promise<SetCookies> {
    const { accessToken, refreshToken } = tokens
    const { now } = renewal
    const kept = { accessToken, refreshToken, ...idTokenOf(this.#parts.tokens, tokens) }
    return this.#parts.store.begin({ createdAt: now, seenAt: now, ...kept, ...kind }, renewal)
  }

  /** Ends the session of a request, for this process at once. What it held, where that can be read. */
  async end(header: string | undefined, now: number): Promise<SessionRecord | undefined> {
    const { store, ends } = this.#parts
    const record = await this.peek(header, now).catch(ignoreAway)
    const ids = store.idsOf(this.#textsOf(header))
    ends.add(ids)
    await Promise.all(ids.map((sid) => store.remove(sid)))
    return record
  }

  /** The session of these cookies was ended in this process. */
  hasEnded(header: string | undefined): boolean {
    const { store, ends } = this.#parts
    return store.idsOf(this.#textsOf(header)).some((sid) => ends.has(sid))
  }

  /** For what stays open beyond the answer. */
  lease(header: string | undefined): SessionLease {
    const texts = this.#textsOf(header)
    const { store, ends } = this.#parts
    const ids = store.idsOf(texts)
    const onEnd = (run: () => void) => {
      // It may have ended meanwhile.
      if (ids.some((sid) => ends.has(sid))) run()
      return ends.listen(ids, run)
    }
    return { extend: (from) => this.#extend(texts, from), onEnd }
  }

  close(): void {
    this.#parts.store.close()
  }

  #textsOf(header = ''): readonly string[] {
    return sessionTexts(header, this.#parts.cookies.names)
  }

  #hasEnded({ sid, createdAt, seenAt }: SessionRecord, now: number): boolean {
    const { idleMs, absoluteMs } = this.#parts.rules
    return now >= createdAt + absoluteMs || now >= seenAt + idleMs || this.#parts.ends.has(sid)
  }

  #judge(session: S | Absence, renewal: UseRenewal): BrowserVerdict | Promise<BrowserVerdict> {
    if (typeof session === 'string') return this.#refuse(session, renewal.header)
    if (this.#hasEnded(session.record, renewal.now)) return this.#refuse('session_expired', renewal.header)
    if (this.#isWarm(session, renewal.now)) return this.#pass(session, renewal)
    return this.#makeReady(session, renewal.now).then((ready) =>
      typeof ready === 'string' ? this.#refuse(ready, renewal.header) : this.#pass(ready, renewal),
    )
  }

  #pass(session: Ready<S>, renewal: Renewal): BrowserVerdict {
    const { caller, record } = session
    return { kind: 'open', caller, idToken: record.idToken, cookies: this.#parts.store.touch(session, renewal) }
  }

  /** Verifies the access token of a session that is not remembered, and renews the one of a session that needs it. */
  async #makeReady(session: S, now: number): Promise<Renewed<S> | 'revocation_unavailable'> {
    const { tokens, store } = this.#parts
    const { record } = session
    const verification = await verifyAccessToken(tokens.verifiers, record.accessToken, now)
    if (verification.kind === 'rejected') {
      const { reason } = verification
      if (reason === 'revocation_unavailable') return reason
      // The clock of this gate may be behind.
      if (reason === 'keys_unavailable' || reason === 'token_not_yet_valid') return 'session_unavailable'
      return renewable.has(reason) ? this.#renew(session, now) : 'session_invalid'
    }
    const ready = store.remember(session, describeTokens(tokens, record, verification))
    return now < ready.renewAt ? ready : this.#renew(ready, now, ready)
  }

  /** `present` is the session with its present token, where that is still good. */
  async #renew(session: S, at: number, present?: Ready<S>): Promise<Renewed<S>> {
    const { rules, store, wait, ends, tokens } = this.#parts
    const { sid, refreshToken, accessToken } = session.record
    if (refreshToken === undefined) return 'session_expired'
    // The list spares tokens that were issued later, and a renewal would be one.
    const refused = tokens.verifiers.access.denylist?.refuses({ token: accessToken }, at)
    if (refused === 'token_revoked') return 'session_invalid'
    const background = store.renewsAlone ? 0 : Math.min(rules.patienceMs, backgroundMs)
    const late = wait(present === undefined ? rules.patienceMs : background).then(() => 'session_unavailable' as const)
    const result = await Promise.race([store.renew(session, at), late])
    if (ends.has(sid)) return 'session_expired'
    return result === 'session_unavailable' && present ? present : result
  }

  /** A cookie cannot follow its session into a connection that is open: without a store there is nothing to renew. */
  async #extend(texts: readonly string[], from: number): Promise<Verified | undefined> {
    const { store } = this.#parts
    if (!store.renewsAlone) return undefined
    const found = await Promise.resolve(store.find(texts, from)).catch(ignoreAway)
    if (found === undefined || typeof found === 'string' || this.#hasEnded(found.record, from)) return undefined
    const ready = this.#isWarm(found, from) ? found : await this.#makeReady(found, from)
    return typeof ready === 'string' ? undefined : ready.caller
  }

  #isWarm(session: S, now: number): session is Ready<S> {
    const { caller, renewAt = 0 } = session
    const { denylist } = this.#parts.tokens.verifiers.access
    if (caller === undefined || now >= renewAt || denylist?.refuses(caller, now)) return false
    return caller.keys.isTrusted(caller.key, now)
  }

  #refuse(reason: Absence | 'session_unavailable' | 'revocation_unavailable', header: string): BrowserVerdict {
    if (reason === 'session_unavailable' || reason === 'revocation_unavailable') return refused(reason, undefined)
    const { store, ends, cookies } = this.#parts
    const ids = store.idsOf(this.#textsOf(header))
    ends.tell(ids)
    // The answer that ended it here has taken the cookie away, and the browser may have the one of the next session by now.
    return refused(reason, ids.some((sid) => ends.has(sid)) ? undefined : clearSession(cookies, header))
  }
}

/** A token that was good when it was sealed may be old by now, and so may the key that signed it. */
const renewable: ReadonlySet<Reason> = new Set(['token_expired', 'key_unknown'])

type UseRenewal = Renewal & { readonly header: string }

function refused(reason: SessionReason, cookies: SetCookies): BrowserVerdict {
  return { kind: 'refused', reason, cookies }
}

function unavailable(error: Error): BrowserVerdict {
  if (!(error instanceof StoreAway)) throw error
  return refused('session_unavailable', undefined)
}

function ignoreAway(error: Error): undefined {
  if (!(error instanceof StoreAway)) throw error
  return undefined
}
