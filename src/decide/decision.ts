/**
 * What `decide` concludes: the request may pass, is refused for one reason, or is for the gate itself. Never holds an answer:
 * `respond` writes that.
 */

import type { Found } from '../credentials/credentials.ts'
import type { Reason } from '../reasons.ts'
import type { Verified } from '../tokens/verified.ts'
import type { Verification } from '../tokens/verify.ts'
import type { RouteCandidate } from './match.ts'
import type { RequestPath, TargetFault } from './path.ts'
import type { Exceeded } from './rate-limiter.ts'
import type { HeadFacts, RequestHead } from './request-head.ts'
import type { Ambiguity } from './resolve.ts'
import type { Route } from './route.ts'
import type { SecondTarget } from './seconds/places.ts'

export interface Allow {
  readonly kind: 'allow'
  readonly route: Route
  /** Absent on public routes, for anonymous callers of optional ones, and in report mode without a valid token. */
  readonly caller: Verified | undefined
  /** Report mode: why an enforcing route would have refused. */
  readonly reported: Reason | undefined
  /** With `reported` only: as `Refusal` has it. */
  readonly client?: string | undefined
  /** With a session only: what its answer has to set. */
  readonly cookies?: SetCookies
  /** The credential was a session, and no token of the caller's own. */
  readonly session?: true
}

export interface Refusal {
  readonly kind: 'refuse'
  readonly reason: Reason
  /** Absent while no route is known yet. */
  readonly route: Route | undefined
  readonly caller: Verified | undefined
  /** Of a refused token: the app client that it claims, as labels name it. Nobody has verified it. */
  readonly client?: string | undefined
  /** With `rate_limited` only. */
  readonly exceeded?: Exceeded
  /** With `path_ambiguous` only. */
  readonly ambiguity?: Ambiguity | TargetFault
  /** The header whose target was refused, and not that of the request line. */
  readonly second?: SecondTarget['header']
  /** With a session only: what its answer has to set. */
  readonly cookies?: SetCookies
}

/** There is no session, or not one that counts, and the route sends people to the sign-in. */
export interface ToLogin {
  readonly kind: 'login'
  readonly reason: Reason
  readonly route: Route
  readonly caller: undefined
  readonly cookies: SetCookies
}

/** The path is the gate's own: one of its endpoints answers. */
export interface ToEndpoint {
  readonly kind: 'endpoint'
  readonly route: undefined
  readonly caller: undefined
}

/** A preflight of an origin that is allowed: the gate answers it with yes. */
export interface Preflight {
  readonly kind: 'preflight'
  readonly route: Route | undefined
  readonly caller: undefined
}

export type Decision = Allow | Refusal | ToLogin | ToEndpoint | Preflight

export function allow(route: Route, caller?: Verified, reported?: Reason): Allow {
  return { kind: 'allow', route, caller, reported }
}

export function refuse(reason: Reason, route?: Route, caller?: Verified): Refusal {
  return { kind: 'refuse', reason, route, caller }
}

export function refusePath(ambiguity: Ambiguity | TargetFault): Refusal {
  return { ...refuse('path_ambiguous'), ambiguity }
}

/** What the walk asks of browser sessions: `login/` implements it. */
export interface Sessions {
  /**
   * Returns a promise only when tokens have to be refreshed, or a token was never seen. Never rejects for what a caller has
   * sent.
   */
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
  'session_invalid' | 'session_expired' | 'session_unavailable' | 'revocation_unavailable' | 'cross_site_request'
>

/** What the walk found at each step, in the order it takes them. A step that was not reached is not told. */
export type Step =
  | { readonly step: 'head'; readonly facts: HeadFacts | Reason }
  | { readonly step: 'path'; readonly path: RequestPath | TargetFault }
  | { readonly step: 'route'; readonly route: Route | undefined; readonly candidates: readonly RouteCandidate[] }
  | { readonly step: 'credential'; readonly credential: Found }
  | { readonly step: 'session'; readonly verdict: SessionVerdict }
  | { readonly step: 'token'; readonly verification: Verification }
  | { readonly step: 'policy'; readonly reason: Reason | undefined }

/** Hears of each step while the walk is taken. It must not change anything. */
export type Note = (step: Step) => void
