/** Which rule is for a path that the configuration itself names. The compiled matcher decides for requests. */
import type { RouteConfig } from '../config.ts'

/** The index of a rule with `auth: none` that a request for `path` meets, with some method and some host. */
export function findPublicRule(path: string, rules: readonly RouteConfig[]): number | undefined {
  const covering = rules
    .map((rule, index) => ({ index, auth: rule.auth, rank: rankOf(rule.path, path) }))
    .filter(({ rank }) => rank !== undefined)
  const best = covering.map(({ rank = '' }) => rank).reduce((one, other) => (other > one ? other : one), '')
  return covering.find(({ auth, rank }) => auth === 'none' && rank === best)?.index
}

/** Undefined: the pattern does not cover the path. The greater text is the rule that counts: 2 literal, 1 parameter, 0 rest. */
function rankOf(pattern: string, path: string): string | undefined {
  const segments = path.split('/').slice(1)
  const parts = pattern.split('/').slice(1)
  const isOpenEnded = parts.at(-1) === '*'
  const fixed = isOpenEnded ? parts.slice(0, -1) : parts
  if (isOpenEnded ? segments.length < fixed.length : segments.length !== fixed.length) return undefined
  const ranks = fixed.map((part, at) => (part.startsWith(':') ? '1' : part === segments[at] ? '2' : ''))
  return ranks.includes('') ? undefined : `${ranks.join('')}${isOpenEnded ? '0' : '3'}`
}
