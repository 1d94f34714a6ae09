/** The second targets of a request, decided like the request itself and after it. */
import type { Allow, Decision, Refusal } from '../decision.ts'
import { refuse, refusePath } from '../decision.ts'
import { readPath } from '../path.ts'
import type { HeadFacts, RequestHead } from '../request-head.ts'
import { findRoute, isAmbiguity } from '../resolve.ts'
import type { Route } from '../route.ts'
import type { Runtime } from '../runtime.ts'
import type { SecondTarget } from './places.ts'
import { placeHeader } from './second-targets.ts'

interface Asked {
  readonly runtime: Runtime
  readonly head: RequestHead
  readonly now: number
}

interface SecondWalk extends Asked {
  readonly facts: HeadFacts
  /** The walk from the route on. */
  readonly decideRoute: (walk: Asked & Found) => Decision | Promise<Decision>
}

interface Found {
  readonly route: Route
  readonly path: string
  readonly note: undefined
}

/**
 * Waits for the decision on the request, then decides each second target. The first refusal is the result. The rule of a second target may be the
 * first that asks for a token or a session, so this returns a promise. A second target sends nobody to the sign-in: the
 * browser would come back without the header that named it.
 */
export async function decideSeconds(
  walk: SecondWalk,
  targets: readonly SecondTarget[] | SecondTarget['header'],
  first: Decision | Promise<Decision>,
): Promise<Decision> {
  const { runtime, head } = walk
  const decision = await first
  if (decision.kind !== 'allow') return decision
  // The service would look for the place under a path that it does not know.
  const place = decision.route.rewrite && placeHeader(head.fields)
  if (place) return refuseSecond(place, decision)
  if (typeof targets === 'string') return refuseSecond(targets, decision)
  let { reported, cookies } = decision
  const rest = { ...walk, runtime: withoutRates(runtime, decision.caller !== undefined) }
  for (const target of targets) {
    const second = await decideSecond(rest, target, decision.route)
    // A session that was renewed for the one or the other must reach its browser.
    if (second && 'cookies' in second) cookies = second.cookies ?? cookies
    if (second?.kind === 'refuse') return { ...second, cookies, second: target.header }
    if (second?.kind === 'login') return { ...refuse(second.reason, second.route), cookies, second: target.header }
    if (second?.kind === 'allow') reported ??= second.reported
  }
  return { ...decision, reported, cookies }
}

function refuseSecond(second: SecondTarget['header'], { cookies }: Allow): Refusal {
  return {
    ...(second === 'X-HTTP-Method-Override' ? refuse('method_not_allowed') : refusePath('not a path')),
    cookies,
    second,
  }
}

/** Undefined: it demands what the request itself demands. */
function decideSecond(
  { runtime, facts, head, now, decideRoute }: SecondWalk,
  { method, url, host }: SecondTarget,
  first: Route,
): Decision | Promise<Decision> | undefined {
  if (url.length > runtime.limits.urlBytes) return refuse('url_too_long')
  const path = readPath(url, runtime.allowedPaths)
  if (typeof path === 'string') return refusePath(path)
  const route = findRoute(runtime, { method, host: host ?? facts.host, path })
  if (route === 'endpoint') return refuse('endpoint_not_found')
  if (isAmbiguity(route)) return refusePath(route)
  if (route === undefined) return refuse('route_not_found')
  // The same demand, and another path to compare with.
  if (route.demand === first.demand && !route.compared) return undefined
  return decideRoute({ runtime, route, path: path.path, head, now, note: undefined })
}

/** For a second decision on a request: its address has been counted, and its caller if the first decision asked for one. */
export function withoutRates(runtime: Runtime, isCallerCounted: boolean): Runtime {
  return { ...runtime, rates: { address: undefined, subject: isCallerCounted ? undefined : runtime.rates.subject } }
}
