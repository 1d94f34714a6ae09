/**
 * THE WALK: a request head to a Decision. Proxy, upgrades and tests all call it. It never throws for a caller's mistake
 * and never answers: `respond` does.
 */
import type { Allow, Decision, Refusal } from './decision.ts'
import { authorize } from './policy/authorize.ts'
import type { Reason } from './reasons.ts'
import type { HeadFacts, RequestHead } from './routes/head.ts'
import { readHead } from './routes/head.ts'
import { canonicalisePath } from './routes/path.ts'
import type { Route } from './routes/route.ts'
import { defaultRoute } from './routes/route.ts'
import type { Runtime } from './runtime.ts'
import { extractCredential } from './tokens/extract.ts'
import type { Verified } from './tokens/verified.ts'
import type { Verification } from './tokens/verify.ts'
import { verifyToken } from './tokens/verify.ts'

/** A promise only when a signing key has to be fetched first. */
export function decide(runtime: Runtime, head: RequestHead, now: number): Decision | Promise<Decision> {
  const facts = readHead(head, runtime.limits)
  if (typeof facts === 'string') return refuse(facts)
  const path = canonicalisePath(head.url, runtime.allowedPaths)
  if (path === undefined) return refuse('path_ambiguous')
  const route = runtime.match(head.method, facts.host, path)
  if (facts.preflight && runtime.passesPreflight) return allow(route ?? defaultRoute)
  if (route === undefined) return refuse('route_not_found')
  if (route.auth === 'none') return allow(route)
  return decideCaller(runtime, route, facts, now)
}

function decideCaller(runtime: Runtime, route: Route, facts: HeadFacts, now: number): Decision | Promise<Decision> {
  const credential = extractCredential(facts.authorization, runtime.limits.tokenBytes)
  if (credential.kind === 'none') return route.auth === 'optional' ? allow(route) : conclude(route, 'token_missing')
  if (credential.kind === 'malformed') return conclude(route, 'token_malformed')
  if (credential.kind === 'too_large') return conclude(route, 'token_too_large')
  const verification = verifyToken(runtime.verifier, credential.token, now)
  if (verification instanceof Promise) return verification.then((late) => decidePolicy(route, late))
  return decidePolicy(route, verification)
}

function decidePolicy(route: Route, verification: Verification): Decision {
  if (verification.kind === 'rejected') return conclude(route, verification.reason)
  return conclude(route, authorize(verification.claims, route.policy), verification)
}

/** A route in report mode lets pass what it would have refused, and says so. */
function conclude(route: Route, reason: Reason | undefined, caller?: Verified): Decision {
  if (reason !== undefined && route.mode === 'enforce') return refuse(reason, route, caller)
  return allow(route, caller, reason)
}

function allow(route: Route, caller?: Verified, reported?: Reason): Allow {
  return { kind: 'allow', route, caller, reported }
}

function refuse(reason: Reason, route?: Route, caller?: Verified): Refusal {
  return { kind: 'refuse', reason, route, caller }
}
