/**
 * Rules about routes: a path that a request can have, methods that exist, app clients that are accepted, no demand on a
 * public route, no two rules for one request. Never suggests a path that lets more anonymous callers in.
 */

import type { RouteConfig } from '../config.ts'
import { mendHost, mendMethod, splitScopes } from '../issues/mend.ts'
import { findNearest } from '../issues/nearest.ts'
import { foldPath } from '../paths/fold.ts'
import { findPathFault } from '../paths/grammar.ts'
import { findOverlaps, isOpening } from '../paths/overlap.ts'
import { isRouteHost } from '../table/addresses.ts'
import type { KeyPath } from '../table/key.ts'
import { checkClientId } from './clients.ts'
import { checkDemands } from './identity/rules-demands.ts'
import type { RuleContext } from './rule.ts'

/** RFC 6749 section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

export function checkRoutes(context: RuleContext): void {
  checkPrefix(context)
  for (const [index, route] of context.config.routes.entries()) {
    const path = ['routes', index]
    checkPath(route, path, context)
    checkMethods(route, path, context)
    checkHost(route, path, context)
    checkScopes(route, path, context)
    checkOpening(route, path, context)
    checkDemands(route, path, context)
  }
  checkPools(context)
  checkClients(context)
  checkDuplicates(context)
}

/** Segments that are the same folded and not, so that no spelling of a path below it is taken for another path. */
const PREFIX = /^(?:\/[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)+$/

/** A rule below the prefix would never apply: requests there are the gate's own. */
function checkPrefix({ config, report }: RuleContext): void {
  const { prefix } = config.endpoints
  if (!PREFIX.test(prefix)) {
    const expected = 'a path of small letters, digits, - and _, without a slash at its end'
    report({ path: ['endpoints', 'prefix'], expected, write: '/_cogate' })
    return
  }
  for (const [index, { path }] of config.routes.entries()) {
    const folded = foldPath(path)
    if (folded !== prefix && !folded.startsWith(`${prefix}/`)) continue
    const expected = `a path outside ${prefix}, where requests are for cogate itself (endpoints.prefix)`
    report({
      path: ['routes', index, 'path'],
      expected,
      line: `# delete routes[${index}], or choose another endpoints.prefix`,
    })
  }
}

/** Where the suggested path matches more than the user's, a rule that lets anonymous callers in gets no suggestion. */
function checkPath(route: RouteConfig, path: KeyPath, { report }: RuleContext): void {
  const fault = findPathFault(route.path)
  if (fault === undefined) return
  const problem = { path: [...path, 'path'], expected: fault.expected }
  if (!fault.isWider || !isOpening(route)) report({ ...problem, write: fault.write })
  else report({ ...problem, line: `# one rule for each path that auth: ${route.auth} is for` })
}

function checkMethods({ methods = [] }: RouteConfig, path: KeyPath, { report }: RuleContext): void {
  for (const [index, method] of methods.entries()) {
    const [write] = mendMethod(method) ?? []
    if (method === write) continue
    const expected = /^(?:CONNECT|TRACE)$/i.test(method)
      ? 'a method cogate forwards; CONNECT and TRACE are always refused'
      : 'a method that node:http knows, in capitals, as RFC 9110 defines it'
    const place = [...path, 'methods', index]
    report({ path: place, expected, ...(write ? { write } : { line: '# name only methods that cogate forwards' }) })
  }
}

function checkHost({ host }: RouteConfig, path: KeyPath, { report }: RuleContext): void {
  if (host === undefined || isRouteHost(host)) return
  const write = mendHost(host)
  const problem = { path: [...path, 'host'], expected: 'a host in lower case, without scheme, port or wildcard' }
  report({ ...problem, ...(write === undefined ? { line: '# one rule for each host' } : { write }) })
}

/** Reported for the whole list: a text that holds two scopes is two demands. */
function checkScopes(route: RouteConfig, path: KeyPath, { report }: RuleContext): void {
  for (const name of ['scopes', 'anyScope'] as const) {
    const scopes = route[name] ?? []
    if (scopes.every((scope) => SCOPE.test(scope))) continue
    const expected = 'one scope an item, without blanks and quotes'
    report({ path: [...path, name], expected, write: scopes.flatMap(splitScopes) })
  }
}

const demandKeys = [
  ...(['groups', 'scopes', 'anyScope', 'clientIds', 'userPools', 'acr', 'maxAuthAgeMs'] as const),
  ...(['claims', 'subject', 'tokenUse'] as const),
]

/** A demand in a rule that lets anonymous callers in protects nothing: a caller need only leave the token out. */
function checkOpening(route: RouteConfig, path: KeyPath, { report }: RuleContext): void {
  if (!isOpening(route)) return
  for (const name of demandKeys) {
    if (route[name] === undefined) continue
    const expected = `no ${name} beside auth: ${route.auth}, which lets anonymous callers in`
    report({ path: [...path, name], expected, line: `# write auth: required, or delete ${name}` })
  }
}

/** A token of a pool that is not configured is refused before any rule is asked, so such a rule admits nobody. */
function checkPools({ config, report }: RuleContext): void {
  const known = config.userPools.map(({ id }) => id)
  if (known.length === 0) return
  for (const [index, { userPools = [] }] of config.routes.entries()) {
    for (const [at, id] of userPools.entries()) {
      if (known.includes(id)) continue
      const expected =
        'the id of a user pool of this configuration; tokens of any other are refused, whatever a rule says'
      report({ path: ['routes', index, 'userPools', at], expected, write: nearest(id, known) })
    }
  }
}

/** Ids differ in case more often than in letters. */
function nearest(id: string, known: readonly string[]): string | undefined {
  return known.find((other) => other.toLowerCase() === id.toLowerCase()) ?? known[0]
}

/** A token of an app client that no pool lists is refused before any rule is asked, so such a rule admits nobody. */
function checkClients(context: RuleContext): void {
  const { config, report } = context
  for (const [index, route] of config.routes.entries()) {
    if (isOpening(route)) continue
    const { clientIds = [], userPools } = route
    const named = config.userPools.filter(({ id }) => userPools === undefined || userPools.includes(id))
    const lists = named.map((pool) => pool.clientIds)
    const accepted = lists.flat()
    // A pool without a list accepts every client, or has an issue of its own.
    const isOpen = accepted.length === 0 || lists.some((list) => list.length === 0)
    for (const [at, id] of clientIds.entries()) {
      const path = ['routes', index, 'clientIds', at]
      if (!checkClientId(id, path, context) || isOpen || accepted.includes(id)) continue
      const expected =
        'one of the clientIds of a user pool; tokens of other app clients are refused, whatever a rule says'
      const near = findNearest(id, accepted)
      report({ path, expected, ...(near ? { write: near } : { line: '# add it to the clientIds of its user pool' }) })
    }
  }
}

function checkDuplicates({ config, report, whereIs }: RuleContext): void {
  for (const { index, earlierIndex } of findOverlaps(config.routes)) {
    const expected = `one rule for a request; this one is also for ${whereIs(['routes', earlierIndex, 'path'])}`
    report({
      path: ['routes', index, 'path'],
      expected,
      line: `# join it with routes[${earlierIndex}], or give it other methods`,
    })
  }
}
