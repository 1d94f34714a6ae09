/**
 * What the walk asks of browser sessions. `login/` implements it; without browser sign-in the runtime has none.
 */
import type { Reason } from '../reasons.ts'
import type { Verified } from '../tokens/verified.ts'
import type { RequestHead } from './request-head.ts'

export interface Sessions {
  /** Returns a promise only when tokens have to be refreshed, or a key to be fetched. Never rejects for what a caller sent. */
  open(head: RequestHead, now: number): SessionVerdict | Promise<SessionVerdict>
}

export type SessionVerdict =
  /** The request carries no session. */
  | { readonly kind: 'none' }
  | { readonly kind: 'open'; readonly caller: Verified; readonly cookies: SetCookies }
  | { readonly kind: 'refused'; readonly reason: SessionReason; readonly cookies: SetCookies }

/** Values of Set-Cookie that the answer has to carry. */
export type SetCookies = readonly string[] | undefined

export type SessionReason = Extract<
  Reason,
  'session_invalid' | 'session_expired' | 'session_unavailable' | 'cross_site_request'
>
