/**
 * Which of the rules that match a path counts: the more specific one, and at a slash at the end the one of the page itself. Knows no
 * patterns and no router.
 */
import type { Route, Specificity } from './route.ts'
import { compareSpecificity } from './route.ts'

/** A rule that matches a path. */
export interface Candidate {
  /** Undefined: the rule owns the path, and is not for the method. */
  readonly route: Route | undefined
  readonly specificity: Specificity
  readonly hasHost: boolean
  /** Of the page itself, by a rule of all below it. */
  readonly isBare: boolean
}

export interface Found {
  readonly opening: Candidate | undefined
  readonly protective: Candidate | undefined
}

/** Undefined: the path is owned by rules, none of them for this method. */
export function conclude({ opening, protective }: Found, fallback: Route): Route | undefined {
  if (opening && (!protective || outranks(opening, protective))) return opening.route
  return protective ? protective.route : fallback
}

export function outranks(opening: Candidate, protective: Candidate): boolean {
  const difference = compareSpecificity(opening.specificity, protective.specificity)
  return difference === 0 ? opening.hasHost && !protective.hasHost : difference > 0
}

/**
 * For a folded path that came with a slash at its end, which says nothing to some servers. `protective` was found without the slash and
 * `below` with it. A rule that demands something of the page counts more than rules of all below it, whatever these are.
 */
export function withSlash(folded: string, found: Found, below: Candidate | undefined): Found {
  const { opening, protective: page } = found
  if (opening === undefined && below === undefined) return found
  const length = folded.split('/').length - 1
  const cut = ({ specificity }: Candidate): Specificity => specificity.slice(0, length)
  const protective = below && (!page || compareSpecificity(cut(below), page.specificity) > 0) ? below : page
  // The wildcard stands for nothing but the slash.
  const isBelow = opening !== undefined && opening.specificity.length > length
  if (!isBelow || protective === undefined || protective.isBare) return { opening, protective }
  const isOfPage = compareSpecificity(cut(opening), protective.specificity) === 0
  return { opening: isOfPage ? undefined : opening, protective }
}
