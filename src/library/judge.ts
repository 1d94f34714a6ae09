/**
 * The verdict on a request to a route of an application: `decide()`, asked about the configured rules and about what the route
 * itself demands. Both must allow. Never decides anything itself.
 */
import type { RouteConfig } from '../config/config.ts'
import { decide } from '../decide/decide.ts'
import type { Allow, Decision } from '../decide/decision.ts'
import type { RequestHead } from '../decide/request-head.ts'
import type { Route } from '../decide/route.ts'
import { compileRoute, defaultRoute } from '../decide/route.ts'
import type { Runtime } from '../decide/runtime.ts'
import { withoutRates } from '../decide/seconds/decide-seconds.ts'

/** The walks that a request to one route of the application takes. */
export interface RouteWalks {
  /** Rules; where none is for the path, the demand of the route, or that of the default rule. */
  readonly rules: Runtime
  /** What the route demands, and no rule; undefined: it demands nothing of its own. */
  readonly own: { readonly runtime: Runtime; readonly route: Route } | undefined
}

/** For a route that demands nothing of its own, and for paths that are no route. */
export function compileDefaultWalks(runtime: Runtime): RouteWalks {
  return { rules: runtime, own: undefined }
}

/** `label` is how logs and metrics name it: the path of the route. */
export function compileRouteWalks(runtime: Runtime, demand: RouteConfig, label: string): RouteWalks {
  const route: Route = { ...compileRoute(demand), label }
  const { match } = runtime
  const search = (...request: Parameters<typeof match>): Route | undefined => {
    const found = match(...request)
    return found === defaultRoute ? route : found
  }
  const { hasRules, hasOpening, isPlainSafe, hasPlus, candidates } = match
  const only = { hasRules: false, hasOpening: false, isPlainSafe: true, hasPlus, candidates }
  return {
    rules: { ...runtime, match: Object.assign(search, { hasRules, hasOpening, isPlainSafe, hasPlus, candidates }) },
    own: { runtime: { ...runtime, match: Object.assign(() => route, only) }, route },
  }
}

export interface Question {
  readonly head: RequestHead
  /** The target that Fastify routes, where it is another one than that of the head. */
  readonly rewritten: string | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The first refusal is the result. Returns a promise when `decide` does, and for a target that was rewritten. */
export function judge(walks: RouteWalks, { head, rewritten, now }: Question): Decision | Promise<Decision> {
  const first = judgeTarget(walks, head, now)
  if (rewritten === undefined) return first
  return andThen(first, (allowed) => {
    const rest = { ...walks, rules: withoutRates(walks.rules, allowed.caller !== undefined) }
    return judgeTarget(rest, { ...head, url: rewritten }, now)
  })
}

function judgeTarget({ rules, own }: RouteWalks, head: RequestHead, now: number): Decision | Promise<Decision> {
  const first = decide(rules, head, now)
  if (own === undefined) return first
  return andThen(first, (allowed) =>
    allowed.route === own.route ? allowed : decide(withoutRates(own.runtime, allowed.caller !== undefined), head, now),
  )
}

/** Asks again where the first decision allows. What is known of the caller from either decision stays known. */
function andThen(
  first: Decision | Promise<Decision>,
  ask: (allowed: Allow) => Decision | Promise<Decision>,
): Decision | Promise<Decision> {
  if (first instanceof Promise) return first.then((late) => andThen(late, ask))
  if (first.kind !== 'allow') return first
  const second = ask(first)
  return second instanceof Promise ? second.then((late) => join(first, late)) : join(first, second)
}

function join(first: Allow, second: Decision): Decision {
  if (second.kind !== 'allow') return second
  return { ...first, caller: first.caller ?? second.caller, reported: first.reported ?? second.reported }
}
