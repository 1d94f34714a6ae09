/**
 * What a route demands of a verified caller, and whether a caller meets it. Runs on every request, for cached tokens too; looks
 * at nothing but what the token says.
 */
import type { RouteConfig } from '../config/config.ts'
import type { Reason } from '../reasons.ts'
import type { Verified } from '../tokens/verified.ts'
import type { FurtherDemands } from './demands/further.ts'
import { compileFurther, refuseFurther } from './demands/further.ts'

export interface Policy {
  readonly userPools: ReadonlySet<string> | undefined
  readonly clientIds: ReadonlySet<string> | undefined
  /** The token must hold all of them. */
  readonly scopes: readonly string[]
  /** The token must hold one of them; empty means no demand. */
  readonly anyScope: readonly string[]
  /** The caller must be in one of them. */
  readonly groups: ReadonlySet<string> | undefined
  /** The sign-in must have one of these levels. */
  readonly acr: ReadonlySet<string> | undefined
  /** How long ago the caller may have signed in. */
  readonly maxAuthAgeMs: number | undefined
  /** Undefined: nothing beside that. */
  readonly further: FurtherDemands | undefined
}

type Demands = Partial<RouteConfig>

export function compilePolicy(config: Demands): Policy {
  return {
    userPools: config.userPools && new Set(config.userPools),
    clientIds: config.clientIds && new Set(config.clientIds),
    scopes: config.scopes ?? [],
    anyScope: config.anyScope ?? [],
    groups: config.groups && new Set(config.groups),
    acr: config.acr && new Set(config.acr),
    maxAuthAgeMs: config.maxAuthAgeMs,
    further: compileFurther(config),
  }
}

/** The `scope` parameter of an insufficient_scope challenge (RFC 6750 section 3). */
export function requiredScope(policy: Policy): string {
  return (policy.scopes.length > 0 ? policy.scopes : policy.anyScope).join(' ')
}

/** When and for what a caller is judged. */
export interface Occasion {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Of the request, as it came, without its query. */
  readonly path: string
}

/** The reason of a refusal; undefined when the caller is allowed. */
export function authorize(caller: Caller, policy: Policy, { now, path }: Occasion): Reason | undefined {
  if (policy.userPools && !policy.userPools.has(caller.key.pool)) return 'user_pool_not_allowed_here'
  if (policy.clientIds && !policy.clientIds.has(caller.clientId)) return 'client_not_allowed_here'
  if (!hasScopes(caller.scopes, policy)) return 'insufficient_scope'
  const demanded = policy.groups
  if (demanded && !caller.groups.some((group) => demanded.has(group))) return 'insufficient_group'
  if (policy.further || caller.asked) {
    const reason = refuseFurther(caller.asked, policy.further, path)
    if (reason) return reason
  }
  return isStrongEnough(caller, policy, now) ? undefined : 'reauthentication_required'
}

type Caller = Pick<Verified, 'clientId' | 'scopes' | 'groups' | 'key' | 'acr' | 'signedInAtMs' | 'asked'>

/** Until when the caller meets the policy, in milliseconds since the epoch. */
export function goodUntil(
  { expiresAtMs, signedInAtMs }: Pick<Verified, 'expiresAtMs' | 'signedInAtMs'>,
  policy: Policy | undefined,
): number {
  const maxAuthAgeMs = policy?.maxAuthAgeMs
  if (maxAuthAgeMs === undefined || signedInAtMs === undefined) return expiresAtMs
  return Math.min(expiresAtMs, signedInAtMs + maxAuthAgeMs)
}

/** A token that does not say how or when its caller signed in meets no such demand. */
function isStrongEnough({ acr, signedInAtMs }: Caller, policy: Policy, now: number): boolean {
  if (policy.acr && (acr === undefined || !policy.acr.has(acr))) return false
  return policy.maxAuthAgeMs === undefined || (signedInAtMs !== undefined && now - signedInAtMs <= policy.maxAuthAgeMs)
}

function hasScopes(held: readonly string[], policy: Policy): boolean {
  if (!policy.scopes.every((scope) => held.includes(scope))) return false
  return policy.anyScope.length === 0 || policy.anyScope.some((scope) => held.includes(scope))
}
