/**
 * A caller against policy. Runs on every request, cached token or not; never looks at anything but what the token says.
 */
import type { Reason } from '../reasons.ts'
import type { Verified } from '../tokens/verified.ts'
import type { Policy } from './policy.ts'

/** Undefined: allowed. */
export function authorize(caller: Caller, policy: Policy): Reason | undefined {
  if (policy.clientIds && !policy.clientIds.has(caller.clientId)) return 'client_not_allowed_here'
  if (!hasScopes(caller.scopes, policy)) return 'insufficient_scope'
  const demanded = policy.groups
  if (demanded && !caller.groups.some((group) => demanded.has(group))) return 'insufficient_group'
  return undefined
}

type Caller = Pick<Verified, 'clientId' | 'scopes' | 'groups'>

function hasScopes(held: readonly string[], policy: Policy): boolean {
  if (!policy.scopes.every((scope) => held.includes(scope))) return false
  return policy.anyScope.length === 0 || policy.anyScope.some((scope) => held.includes(scope))
}
