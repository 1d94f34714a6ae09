/**
 * One configured route, compiled, and how two patterns compare. Refuses a rule that another one shadows.
 */
import type { RouteConfig } from '../config/config.ts'
import { ConfigError } from '../errors.ts'
import type { Policy } from '../policy/policy.ts'
import { compilePolicy } from '../policy/policy.ts'
import { foldPath } from './path.ts'

export interface Route {
  /** The configured path: the only name of a route in logs and metrics. */
  readonly label: string
  readonly auth: 'required' | 'none' | 'optional'
  readonly mode: 'enforce' | 'report'
  readonly policy: Policy
}

/** One rank a segment; compared from the left, the first difference decides. */
export type Specificity = readonly number[]

const rank = { wildcard: 0, parameter: 1, literal: 2 } as const

/** What applies where no rule does: a verified token is required. */
export const defaultRoute: Route = {
  label: 'default',
  auth: 'required',
  mode: 'enforce',
  policy: compilePolicy({}),
}

export function compileRoute(config: RouteConfig): Route {
  return { label: config.path, auth: config.auth, mode: config.mode, policy: compilePolicy(config) }
}

/** A rule that lets anonymous callers through matches exactly; one that demands something matches every spelling. */
export function isOpening(config: RouteConfig): boolean {
  return config.auth !== 'required'
}

export function specificityOf(pattern: string): Specificity {
  return pattern
    .slice(1)
    .split('/')
    .map((segment) => {
      if (segment === '*') return rank.wildcard
      return segment.startsWith(':') ? rank.parameter : rank.literal
    })
}

/** Positive when `a` is the more specific pattern; 0 when both are alike. */
export function compareSpecificity(a: Specificity, b: Specificity): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Two patterns with the same key match the same folded paths: parameter names do not matter. */
export function patternKey(path: string): string {
  return foldPath(path).replace(/\/:[^/]+/g, '/:')
}

/** Throws ConfigError naming every rule that could never apply, because another one takes all its requests. */
export function refuseShadowed(configs: readonly RouteConfig[]): void {
  const issues = configs.flatMap((config, index) => {
    const earlier = configs.slice(0, index).find((other) => overlaps(config, other))
    if (earlier === undefined) return []
    return {
      key: `routes[${index}].path`,
      source: 'routes',
      found: config.path,
      expected: `a path that ${earlier.path} does not already cover for the same method and host`,
      fix: 'remove one of the two rules, or give them different methods or hosts',
    }
  })
  if (issues.length > 0) throw new ConfigError(issues)
}

function overlaps(a: RouteConfig, b: RouteConfig): boolean {
  const samePath = isOpening(a) && isOpening(b) ? a.path === b.path : patternKey(a.path) === patternKey(b.path)
  return samePath && a.host === b.host && sharesMethod(a.methods, b.methods)
}

function sharesMethod(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((method) => b.includes(method))
}
