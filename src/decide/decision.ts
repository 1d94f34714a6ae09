/**
 * What `decide` concludes: the request may pass, is refused for one reason, or is for the gate itself. Never holds an answer:
 * `respond` writes that.
 */

import type { Reason } from '../reasons.ts'
import type { Credential } from '../tokens/extract.ts'
import type { Verified } from '../tokens/verified.ts'
import type { Verification } from '../tokens/verify.ts'
import type { RouteCandidate } from './match.ts'
import type { RequestPath, TargetFault } from './path.ts'
import type { Exceeded } from './rate-limiter.ts'
import type { HeadFacts } from './request-head.ts'
import type { Ambiguity } from './resolve.ts'
import type { Route } from './route.ts'
import type { SecondTarget } from './second-targets.ts'

export interface Allow {
  readonly kind: 'allow'
  readonly route: Route
  /** Absent on public routes, for anonymous callers of optional ones, and in report mode without a valid token. */
  readonly caller: Verified | undefined
  /** Report mode: why an enforcing route would have refused. */
  readonly reported: Reason | undefined
}

export interface Refusal {
  readonly kind: 'refuse'
  readonly reason: Reason
  /** Absent while no route is known yet. */
  readonly route: Route | undefined
  readonly caller: Verified | undefined
  /** With `rate_limited` only. */
  readonly exceeded?: Exceeded
  /** With `path_ambiguous` only. */
  readonly ambiguity?: Ambiguity | TargetFault
  /** The header whose target was refused, and not that of the request line. */
  readonly second?: SecondTarget['header']
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

export type Decision = Allow | Refusal | ToEndpoint | Preflight

/** What the walk found at each step, in the order it takes them. A step that was not reached is not told. */
export type Step =
  | { readonly step: 'head'; readonly facts: HeadFacts | Reason }
  | { readonly step: 'path'; readonly path: RequestPath | TargetFault }
  | { readonly step: 'route'; readonly route: Route | undefined; readonly candidates: readonly RouteCandidate[] }
  | { readonly step: 'credential'; readonly credential: Credential }
  | { readonly step: 'token'; readonly verification: Verification }
  | { readonly step: 'policy'; readonly reason: Reason | undefined }

/** Hears of each step while the walk is taken. It must not change anything. */
export type Note = (step: Step) => void
