/**
 * Where sessions live, as the rest of the room sees it: what a store gives and takes. `cookie-store.ts` keeps a session in
 * its cookie, `redis/` in Redis or Valkey.
 */
import type { SetCookies } from '../../decide/decision.ts'
import type { SessionRecord } from './record.ts'
import type { TokenFacts } from './session-tokens.ts'

/** A session that was found. */
export interface Session extends Partial<TokenFacts> {
  readonly record: SessionRecord
  /** The browser has its cookie, and the newest secret has sealed that. */
  readonly isCurrent: boolean
}

/** Its token was verified. */
export type Ready<S extends Session> = S & TokenFacts

/** Why there is none. */
export type Absence = 'session_invalid' | 'session_expired'

/** `session_unavailable`: it may work later. */
export type Renewed<S extends Session> = Ready<S> | Absence | 'session_unavailable'

export type NewRecord = Omit<SessionRecord, 'sid'>

export interface Renewal {
  readonly now: number
  /** The Cookie header of the request. */
  readonly header: string | undefined
}

export interface SessionStore<S extends Session> {
  /** A renewal needs no answer that carries a cookie: no request has to wait for it while its token is good. */
  readonly renewsAlone: boolean
  /** The first session that the texts of a cookie name. A promise only where it is not at hand; rejects with StoreAway. */
  find(texts: readonly string[], now: number): S | Absence | Promise<S | Absence>
  /** Keeps what was found out about the token of a session. */
  remember(session: S, facts: TokenFacts): Ready<S>
  /** Rejects with StoreAway where it could keep nothing now. */
  check(): Promise<void>
  /** Undefined: the session is larger than cookies can be. Rejects with StoreAway. */
  begin(record: NewRecord, renewal: Renewal): Promise<SetCookies>
  /** Says that the session was used. What the answer has to set. */
  touch(session: S, renewal: Renewal): SetCookies
  /** Gets tokens for it that are good at that time. One call for all who ask, which goes on when they have left. */
  renew(session: S, at: number): Promise<Renewed<S>>
  /** The ids of the sessions that the texts of a cookie name. */
  idsOf(texts: readonly string[]): readonly string[]
  /** Takes it out of the store for all processes; nothing that is under way brings it back. Never rejects. */
  remove(sid: string): Promise<void>
  close(): void
}
