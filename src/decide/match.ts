/**
 * Finds the one route for a method, host and path: the most specific rule, whatever their order. A rule that demands something
 * matches every spelling of its path and owns that path: methods and hosts that it does not list are refused, not let past.
 */
import FindMyWay from 'find-my-way'
import type { Config, RouteConfig } from '../config/config.ts'
import { decodeEscapes } from '../config/paths/escapes.ts'
import { foldPath } from '../config/paths/fold.ts'
import { isOpening, patternKey } from '../config/paths/overlap.ts'
import { type Candidate, conclude, outranks, withSlash } from './candidates.ts'
import type { RequestPath } from './path.ts'
import { lowerLetters, writeExactly } from './path.ts'
import type { Route } from './route.ts'
import { compileRoute, defaultRoute, refuseShadowed, reportingDefaultRoute, specificityOf } from './route.ts'

export interface Matcher {
  /** False: every request meets the default route. */
  readonly hasRules: boolean
  /** Some rule lets people in: those match to the letter, so letter case makes a difference. */
  readonly hasOpening: boolean
  /** A plain path meets the same rule in every letter case. */
  readonly isPlainSafe: boolean
  /** Some rule has a plus sign in its path: the service takes it for no space. */
  readonly hasPlus: boolean
  /** Undefined: rules exist for the path, none of them for this method and host (route_not_found). */
  (method: string, host: string, path: RequestPath): Route | undefined
  /** The rules whose path matches, in the order of the configuration. For explanations: it looks at every rule. */
  readonly candidates: (method: string, host: string, path: RequestPath) => readonly RouteCandidate[]
}

/** A rule whose path matches a request, and whether the rest of it does. */
export interface RouteCandidate {
  readonly path: string
  /** False: the rule is for other methods. */
  readonly isForMethod: boolean
  /** False: the rule is for another host. */
  readonly isForHost: boolean
}

interface Claim {
  readonly pattern: string
  /** Undefined stands for every method that no rule names. */
  readonly method: string | undefined
  readonly host: string | undefined
  readonly route: Route | undefined
  readonly isBare?: true
}

type Finder = (method: string, host: string, path: string) => Candidate | undefined

/** `mode`: of the whole gate. In report mode each rule is in report mode, and so is the default route. */
export function compileMatcher(written: readonly RouteConfig[], mode: Config['mode'] = 'enforce'): Matcher {
  const configs = mode === 'report' ? written.map((config) => ({ ...config, mode })) : written
  return Object.assign(compileSearch(configs, mode === 'report' ? reportingDefaultRoute : defaultRoute), {
    hasRules: configs.length > 0,
    hasOpening: configs.some(isOpening),
    isPlainSafe: configs.every((config) => !isOpening(config) || exact(config.path) === inSmallLetters(config.path)),
    hasPlus: configs.some(({ path }) => path.includes('+')),
    candidates: candidateFinder(configs),
  })
}

function compileSearch(
  configs: readonly RouteConfig[],
  fallback: Route,
): (...request: Parameters<Matcher>) => Route | undefined {
  if (configs.length === 0) return () => fallback
  refuseShadowed(configs)
  const methods = [...new Set(configs.flatMap((config) => config.methods ?? [])), undefined]
  const opening = configs.filter(isOpening).flatMap((config) => claimsOf(config, methods, exact))
  const findOpening = compileFinder(opening, methods)
  const anyCase = configs.filter(isOpening).flatMap((config) => claimsOf(config, methods, inSmallLetters))
  const findInAnyCase = compileFinder(withoutTwins(anyCase), methods)
  const findProtective = compileFinder(protectiveClaims(configs, methods), methods)
  const hasPages = hasPagesOfTheirOwn(configs)
  return (method, host, path) => {
    const folded = path.isPlain ? path.folded : shield(path.folded)
    const found = {
      opening: (path.ignoresCase ? findInAnyCase : findOpening)(method, host, exact(path.path)),
      protective: findProtective(method, host, folded),
    }
    if (opening.length === 0 || folded === '/' || !path.path.endsWith('/')) return conclude(found, fallback)
    const below = hasPages ? findProtective(method, host, `${folded}/`) : undefined
    return conclude(withSlash(folded, found, below), fallback)
  }
}

/** Some rule of all below a page demands something, and the page has a rule too: elsewhere both meet the same. */
function hasPagesOfTheirOwn(configs: readonly RouteConfig[]): boolean {
  const keys = new Set(configs.map(({ path }) => patternKey(path)))
  return configs.some((config) => {
    const bare = isOpening(config) ? undefined : barePrefix(config.path)
    return bare !== undefined && keys.has(patternKey(bare))
  })
}

/** Replaces `%` by a control character, so that the router does not decode what must match to the letter. */
function exact(path: string): string {
  return path.replaceAll('%', '\u0001')
}

function inSmallLetters(pattern: string): string {
  return exact(writeExactly(lowerLetters(decodeEscapes(pattern))))
}

/** Rules that differ in letter case alone are one rule to a server that knows none: the first stands for all. */
function withoutTwins(claims: readonly Claim[]): readonly Claim[] {
  const known = new Set<string>()
  return claims.filter(({ pattern, method, host }) => {
    const key = JSON.stringify([pattern.replaceAll(/\/:[^/]+/g, '/:'), method, host])
    if (known.has(key)) return false
    known.add(key)
    return true
  })
}

/** The router takes these characters for the end of a path, or for an escape; in a folded path they are letters. */
function shield(folded: string): string {
  return folded.replaceAll(/[%?#]/g, (character) => String.fromCharCode(character.charCodeAt(0) - 0x20))
}

function claimsOf(
  config: RouteConfig,
  methods: readonly (string | undefined)[],
  spell: (path: string) => string,
): readonly Claim[] {
  const route = compileRoute(config)
  const pattern = spell(config.path)
  return (config.methods ?? methods).map((method) => ({ pattern, method, host: config.host, route }))
}

function protectiveClaims(configs: readonly RouteConfig[], methods: readonly (string | undefined)[]): readonly Claim[] {
  const byPattern = Map.groupBy(configs, (config) => patternKey(config.path))
  return [...byPattern.values()].flatMap((sharing) => {
    const claims = claimsOfPattern(sharing, methods)
    const [first] = sharing
    const bare = first && barePrefix(first.path)
    if (bare === undefined) return claims
    return [...claims, ...bareClaims(claims, foldPath(bare), byPattern.get(patternKey(bare)) ?? [])]
  })
}

/** `/admin/*` protects `/admin` too, except for methods and hosts for which `/admin` has a rule of its own. */
function bareClaims(claims: readonly Claim[], pattern: string, own: readonly RouteConfig[]): readonly Claim[] {
  // A demanding rule of `/admin` already refuses what it does not list.
  if (!own.every(isOpening)) return []
  const isFor = (config: RouteConfig, { method, host }: Claim) =>
    covers(config, method) && (config.host === undefined || config.host === host)
  return claims
    .filter((claim) => !own.some((config) => isFor(config, claim)))
    .map((claim) => ({ ...claim, pattern, isBare: true }))
}

/**
 * The claims of the demanding rules at one pattern, and a refusal for every method that none of them lists. A rule in report
 * mode owns nothing.
 */
function claimsOfPattern(sharing: readonly RouteConfig[], methods: readonly (string | undefined)[]): readonly Claim[] {
  const demanding = sharing.filter((config) => !isOpening(config))
  const claims = demanding.flatMap((config) => claimsOf(config, methods, foldPath))
  const pattern = claims[0]?.pattern
  if (pattern === undefined) return []
  if (!demanding.some(({ mode }) => mode === 'enforce')) return claims
  const open = methods.filter((method) => !sharing.some((config) => !config.host && covers(config, method)))
  return [...claims, ...open.map((method) => ({ pattern, method, host: undefined, route: undefined }))]
}

function covers(config: RouteConfig, method: string | undefined): boolean {
  return config.methods === undefined || (method !== undefined && config.methods.includes(method))
}

function barePrefix(path: string): string | undefined {
  return path.endsWith('/*') && path.length > 2 ? path.slice(0, -2) : undefined
}

/** One tree for each method that a rule names, and one for all others. So a rule without methods needs a few nodes, not one a method. */
function compileFinder(claims: readonly Claim[], methods: readonly (string | undefined)[]): Finder {
  const byMethod = Map.groupBy(claims, (claim) => claim.method)
  const trees = new Map(methods.map((method) => [method, compileTree(byMethod.get(method) ?? [])]))
  const others = trees.get(undefined)
  return (method, host, path) => (trees.get(method) ?? others)?.(host, path)
}

/** One tree for each host and one for all hosts, because the router holds at most 31 hosts at one path. */
function compileTree(claims: readonly Claim[]): (host: string, path: string) => Candidate | undefined {
  const byHost = Map.groupBy(claims, ({ host }) => host)
  const trees = new Map([...byHost].map(([host, own]) => [host, compileHost(own)]))
  const everyHost = trees.get(undefined) ?? compileHost([])
  trees.delete(undefined)
  if (trees.size === 0) return (_, path) => everyHost(path)
  return (host, path) => {
    const own = trees.get(host)?.(path)
    const common = everyHost(path)
    if (!own || !common) return own ?? common
    return outranks(own, common) ? own : common
  }
}

function compileHost(claims: readonly Claim[]): (path: string) => Candidate | undefined {
  const router = FindMyWay({ maxParamLength: Number.MAX_SAFE_INTEGER })
  for (const { pattern, host, route, isBare = false } of claims) {
    const candidate: Candidate = { route, specificity: specificityOf(pattern), hasHost: host !== undefined, isBare }
    router.on('GET', routerPattern(pattern), () => candidate)
  }
  return (path) => (router.find('GET', path)?.handler as (() => Candidate) | undefined)?.()
}

/** For the router: a parameter that may not be empty needs an expression, and a doubled colon is a literal one. */
function routerPattern(pattern: string): string {
  return pattern
    .split('/')
    .map((segment) => (segment.startsWith(':') ? `${segment}([^/]+)` : segment.replaceAll(':', '::')))
    .join('/')
}

/** Compiles the rules at each call: explanations are rare, and there may be many rules. */
function candidateFinder(configs: readonly RouteConfig[]): Matcher['candidates'] {
  return (method, host, path) =>
    configs
      .filter((config) => matchesPath(config, path))
      .map((config) => ({
        path: config.path,
        isForMethod: covers(config, method),
        isForHost: config.host === undefined || config.host === host,
      }))
}

/** `/admin/*` protects `/admin` too, unless it lets people in. */
function matchesPath(config: RouteConfig, { path, folded }: RequestPath): boolean {
  const isOpen = isOpening(config)
  const bare = isOpen ? undefined : barePrefix(config.path)
  const patterns = bare === undefined ? [config.path] : [config.path, bare]
  const find = compileHost(
    patterns.map((pattern) => ({
      pattern: isOpen ? exact(pattern) : foldPath(pattern),
      method: undefined,
      host: undefined,
      route: undefined,
    })),
  )
  return find(isOpen ? exact(path) : shield(folded)) !== undefined
}
