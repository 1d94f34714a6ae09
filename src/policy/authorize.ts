/**
 * Claims against policy. Runs on every request, cached token or not; never looks at anything but claims.
 */
import type { Reason } from '../reasons.ts'
import type { Claims } from '../tokens/claims.ts'
import { clientId, groups, scopes } from '../tokens/claims.ts'
import type { Policy } from './policy.ts'

/** Undefined: allowed. */
export function authorize(claims: Claims, policy: Policy): Reason | undefined {
  if (policy.clientIds && !policy.clientIds.has(clientId(claims))) return 'client_not_allowed_here'
  if (!hasScopes(claims, policy)) return 'insufficient_scope'
  const demanded = policy.groups
  if (demanded && !groups(claims).some((group) => demanded.has(group))) return 'insufficient_group'
  return undefined
}

function hasScopes(claims: Claims, policy: Policy): boolean {
  if (policy.scopes.length === 0 && policy.anyScope.length === 0) return true
  const held = scopes(claims)
  if (!policy.scopes.every((scope) => held.includes(scope))) return false
  return policy.anyScope.length === 0 || policy.anyScope.some((scope) => held.includes(scope))
}
