/**
 * One configured route, compiled, and which of two patterns is more specific. Refuses a rule that could never apply.
 */
import type { PathForm, RouteConfig } from '../config/config.ts'
import { findOverlaps } from '../config/paths/overlap.ts'
import type { ConfigIssue } from '../errors.ts'
import { ConfigError } from '../errors.ts'
import { comparedSegments } from './demands/further.ts'
import type { Policy } from './policy.ts'
import { compilePolicy } from './policy.ts'

export interface Route {
  /** The configured path: the only name of a route in logs and metrics. */
  readonly label: string
  readonly auth: RouteConfig['auth']
  readonly mode: 'enforce' | 'report'
  readonly policy: Policy
  /** Forms of a path that the service reads as they came, where the path meets this rule. */
  readonly allowedForms: ReadonlySet<PathForm>
  /** The name of the service that gets its requests; undefined: the one of `upstream`. */
  readonly upstream: string | undefined
  /** Undefined: the service sees the path as it came. */
  readonly rewrite: Rewrite | undefined
  /** Segments of the path that claims are compared with: they have to be the same in every reading. Undefined: none. */
  readonly compared: readonly number[] | undefined
  /** Two routes with the same text demand the same of a request, and do the same with it. */
  readonly demand: string
}

/** How the path that the service sees is made of the one that came. */
export interface Rewrite {
  /** Taken away; '' for nothing. */
  readonly strip: string
  /** Put in its place; '' for nothing. */
  readonly add: string
}

/** One rank for each segment. Compared from the left; the first difference decides. */
export type Specificity = readonly number[]

const rank = { end: -1, wildcard: 0, parameter: 1, literal: 2 } as const

/** The route of a request that no rule matches: a verified token is required. */
export const defaultRoute: Route = {
  ...compileRoute({ path: '/*', auth: 'required', mode: 'enforce', paths: { allow: [] } }),
  label: 'default',
}

/** Where the whole gate only reports. */
export const reportingDefaultRoute: Route = { ...defaultRoute, mode: 'report' }

export function compileRoute(config: RouteConfig): Route {
  const { path, auth, mode, paths, upstream, stripPrefix: strip = '', addPrefix: add = '' } = config
  const rewrite = strip === '' && add === '' ? undefined : { strip, add }
  const allowedForms = new Set(paths.allow)
  const demand = writeDemand(config)
  const policy = compilePolicy(config)
  const compared = comparedSegments(policy.further)
  return { label: path, auth, mode, policy, allowedForms, upstream, rewrite, compared, demand }
}

/**
 * False: the path is that of the rule, and is spelled so that its prefix cannot be taken away. `target` is the request target.
 */
export function canRewrite({ strip }: Rewrite, target: string): boolean {
  const next = target[strip.length]
  const ends = next === undefined || next === '/' || next === '?'
  return ends && target.slice(0, strip.length).toLowerCase() === strip.toLowerCase()
}

/** The request target as the service sees it. */
export function rewriteTarget({ strip, add }: Rewrite, target: string): string {
  const rest = target.slice(strip.length)
  return add + (rest.startsWith('/') ? rest : `/${rest}`)
}

/** The path by which a caller of the rule reaches this path of the service. Undefined: no caller of the rule does. */
export function callersPath({ strip, add }: Rewrite, path: string): string | undefined {
  const rest = path.slice(add.length)
  return path.startsWith(add) && (rest === '' || rest.startsWith('/')) ? `${strip}${rest}` || '/' : undefined
}

/** Everything that a rule demands of a request, and nothing that only says which requests it is for. */
function writeDemand(config: RouteConfig): string {
  const { auth, mode, methods, userPools, clientIds, scopes, anyScope, groups, acr, maxAuthAgeMs } = config
  const { upstream, stripPrefix, addPrefix, claims, subject, tokenUse } = config
  const lists = [methods, userPools, clientIds, scopes, anyScope, groups, acr, tokenUse]
  const single = [auth, mode, maxAuthAgeMs, upstream, stripPrefix, addPrefix, subject]
  const claimed = inOrder(Object.entries(claims ?? {}).map(([name, values]) => JSON.stringify([name, inOrder(values)])))
  return JSON.stringify([...single, ...lists.map((list) => list && inOrder(list)), claimed])
}

function inOrder(list: readonly string[]): readonly string[] {
  return [...new Set(list)].toSorted()
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

/** Throws a ConfigError that names every rule which could never apply because another rule takes all its requests. */
export function refuseShadowed(configs: readonly RouteConfig[]): void {
  const issues = findOverlaps(configs).map(({ rule, index, earlier }) => describeShadow(rule.path, index, earlier.path))
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
