/**
 * One configured route, compiled, and how two patterns compare. Refuses a rule that another one shadows.
 */
import type { RouteConfig } from '../config/config.ts'
import type { ConfigIssue } from '../errors.ts'
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

const rank = { end: -1, wildcard: 0, parameter: 1, literal: 2 } as const

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
  const longest = Math.max(a.length, b.length)
  for (let i = 0; i < longest; i++) {
    const difference = (a[i] ?? rank.end) - (b[i] ?? rank.end)
    if (difference !== 0) return difference
  }
  return 0
}

/** Two patterns with the same key match the same folded paths: parameter names do not matter. */
export function patternKey(path: string): string {
  return foldPath(path).replace(/\/:[^/]+/g, '/:')
}

/** Throws ConfigError naming every rule that could never apply, because another one takes all its requests. */
export function refuseShadowed(configs: readonly RouteConfig[]): void {
  const numbered = configs.map((config, index) => ({ config, index }))
  const sharing = Map.groupBy(numbered, ({ config }) => patternKey(config.path))
  const issues = [...sharing.values()].flatMap((rules) =>
    rules.flatMap(({ config, index }, at) => {
      const earlier = rules.slice(0, at).find((other) => overlaps(config, other.config))
      return earlier === undefined ? [] : describeShadow(config.path, index, earlier.config.path)
    }),
  )
  if (issues.length > 0) throw new ConfigError(issues)
}

function describeShadow(path: string, index: number, earlier: string): ConfigIssue {
  return {
    key: `routes[${index}].path`,
    source: 'routes',
    found: path,
    expected: `a path that ${earlier} does not already cover for the same method and host`,
    fix: 'remove one of the two rules, or give them different methods or hosts',
  }
}

/** Of two rules with one pattern key. Opening rules match to the letter, so two spellings do not meet. */
function overlaps(a: RouteConfig, b: RouteConfig): boolean {
  const samePath = !(isOpening(a) && isOpening(b)) || a.path === b.path
  return samePath && a.host === b.host && sharesMethod(a.methods, b.methods)
}

function sharesMethod(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((method) => b.includes(method))
}
