/**
 * What a route demands of a verified caller, compiled to sets. Holds no request data.
 */
import type { RouteConfig } from '../config/config.ts'

export interface Policy {
  readonly clientIds: ReadonlySet<string> | undefined
  /** All of. */
  readonly scopes: readonly string[]
  /** Any of; empty means no demand. */
  readonly anyScope: readonly string[]
  /** Any of. */
  readonly groups: ReadonlySet<string> | undefined
}

export function compilePolicy(config: Pick<RouteConfig, 'clientIds' | 'scopes' | 'anyScope' | 'groups'>): Policy {
  return {
    clientIds: config.clientIds && new Set(config.clientIds),
    scopes: config.scopes ?? [],
    anyScope: config.anyScope ?? [],
    groups: config.groups && new Set(config.groups),
  }
}

/** The `scope` parameter of an insufficient_scope challenge (RFC 6750 section 3). */
export function requiredScope(policy: Policy): string {
  return (policy.scopes.length > 0 ? policy.scopes : policy.anyScope).join(' ')
}
