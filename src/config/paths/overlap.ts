/**
 * Finds rules that are for the same requests. The configuration check and the compiled routes both ask here, and
 * nothing else may decide it.
 */

import type { RouteConfig } from '../config.ts'
import { foldPath } from './fold.ts'

/** A rule, and an earlier rule that is for some of the same requests: the later one would not apply to them. */
export interface Overlap {
  readonly index: number
  readonly rule: RouteConfig
  readonly earlierIndex: number
  readonly earlier: RouteConfig
}

/** A rule that lets anonymous callers through matches exactly; one that demands something matches every spelling. */
export function isOpening({ auth }: RouteConfig): boolean {
  return auth === 'none' || auth === 'optional'
}

/** Two patterns with the same key match the same folded paths. */
export function patternKey(path: string): string {
  return withoutNames(foldPath(path))
}

/** The names of parameters do not matter: `/:id` and `/:name` match the same paths. */
function withoutNames(path: string): string {
  return path.replace(/\/:[^/]+/g, '/:')
}

/**
 * Each rule that meets an earlier one, with the first such rule. The cost grows with the rules, not with their pairs.
 */
export function findOverlaps(rules: readonly RouteConfig[]): readonly Overlap[] {
  const claims = new Map<string, number>()
  return rules.flatMap((rule, index) => {
    const earlierIndex = firstOf(claims, keysOf(rule, sought))
    for (const key of keysOf(rule, stored)) if (!claims.has(key)) claims.set(key, index)
    const earlier = rules[earlierIndex ?? index]
    return earlierIndex === undefined || !earlier ? [] : [{ index, rule, earlierIndex, earlier }]
  })
}

function firstOf(claims: ReadonlyMap<string, number>, keys: Iterable<string>): number | undefined {
  let first: number | undefined
  for (const key of keys) {
    const index = claims.get(key)
    if (index !== undefined && index < (first ?? Number.POSITIVE_INFINITY)) first = index
  }
  return first
}

/** Which spellings and methods of a rule become the keys of the map. */
interface Side {
  readonly spellings: (rule: RouteConfig) => readonly string[]
  readonly methods: (rule: RouteConfig) => readonly string[]
}

/** The keys under which a rule is stored, so that later rules find it. */
const stored: Side = {
  spellings: (rule) => (isOpening(rule) ? ['opening', withoutNames(rule.path)] : ['demanding']),
  methods: ({ methods = ['every'] }) => ['some', ...methods],
}

/**
 * The keys under which a rule looks for an earlier one. Opening rules match exactly, so two spellings never conflict.
 */
const sought: Side = {
  spellings: (rule) => ['demanding', isOpening(rule) ? withoutNames(rule.path) : 'opening'],
  methods: ({ methods }) => (methods ? ['every', ...methods] : ['some']),
}

function* keysOf(rule: RouteConfig, side: Side): Generator<string> {
  const pattern = patternKey(rule.path)
  const methods = side.methods(rule)
  for (const spelling of side.spellings(rule)) {
    for (const method of methods) yield JSON.stringify([pattern, rule.host, spelling, method])
  }
}
