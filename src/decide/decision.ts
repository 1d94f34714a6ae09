/**
 * What `decide` concludes: let the request pass, or refuse it for one reason. Never holds an answer: that is `respond`.
 */

import type { Reason } from '../reasons.ts'
import type { Verified } from '../tokens/verified.ts'
import type { Exceeded } from './rate-limiter.ts'
import type { Route } from './route.ts'

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
}

export type Decision = Allow | Refusal
