/**
 * Which rules are for the same requests: the one place that says so, for the configuration as it is checked and for the
 * routes as they are compiled.
 */

import type { RouteConfig } from '../config.ts'
import { foldPath } from './fold.ts'

/** A rule that would never apply to some request it is for, because an earlier one applies as well. */
export interface Overlap {
  readonly index: number
  readonly rule: RouteConfig
  readonly earlierIndex: number
  readonly earlier: RouteConfig
}

/** A rule that lets anonymous callers through matches exactly; one that demands something matches every spelling. */
export function isOpening({ auth }: RouteConfig): boolean {
  return auth !== 'required'
}

/** Two patterns with the same key match the same folded paths. */
export function patternKey(path: string): string {
  return withoutNames(foldPath(path))
}

/** What a parameter is called does not matter. */
function withoutNames(path: string): string {
  return path.replace(/\/:[^/]+/g, '/:')
}

/** Each rule that meets an earlier one, with the first it meets. What it costs grows with the rules, not their pairs. */
export function findOverlaps(rules: readonly RouteConfig[]): readonly Overlap[] {
  const claims = new Map<string, number>()
  return rules.flatMap((rule, index) => {
    const earlierIndex = firstOf(claims, placesOf(rule, met))
    for (const place of placesOf(rule, taken)) if (!claims.has(place)) claims.set(place, index)
    const earlier = rules[earlierIndex ?? index]
    return earlierIndex === undefined || !earlier ? [] : [{ index, rule, earlierIndex, earlier }]
  })
}

function firstOf(claims: ReadonlyMap<string, number>, places: Iterable<string>): number | undefined {
  let first: number | undefined
  for (const place of places) {
    const index = claims.get(place)
    if (index !== undefined && index < (first ?? Number.POSITIVE_INFINITY)) first = index
  }
  return first
}

/** What a rule says of its spellings and its methods. */
interface Side {
  readonly spellings: (rule: RouteConfig) => readonly string[]
  readonly methods: (rule: RouteConfig) => readonly string[]
}

/** What a rule is noted under, so that the later ones find it. */
const taken: Side = {
  spellings: (rule) => (isOpening(rule) ? ['opening', withoutNames(rule.path)] : ['demanding']),
  methods: ({ methods = ['every'] }) => ['some', ...methods],
}

/** What a rule looks under. Opening rules match to the letter, so two spellings do not meet. */
const met: Side = {
  spellings: (rule) => ['demanding', isOpening(rule) ? withoutNames(rule.path) : 'opening'],
  methods: ({ methods }) => (methods ? ['every', ...methods] : ['some']),
}

function* placesOf(rule: RouteConfig, side: Side): Generator<string> {
  const pattern = patternKey(rule.path)
  const methods = side.methods(rule)
  for (const spelling of side.spellings(rule)) {
    for (const method of methods) yield JSON.stringify([pattern, rule.host, spelling, method])
  }
}
