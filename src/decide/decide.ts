/**
 * THE WALK: it takes a request head and returns a Decision. Proxy, upgrades, `explain`, tests and bench all call it. It never throws for a
 * caller's mistake, and never answers.
 */

import { clientAddress } from '../headers/client-address.ts'
import { allowsOrigin } from '../headers/cors.ts'
import type { Reason } from '../reasons.ts'
import type { Verified } from '../tokens/verified.ts'
import type { Rejected, Verification } from '../tokens/verify.ts'
import { verifyToken } from '../tokens/verify.ts'
import type {
  Allow,
  Decision,
  Note,
  Preflight,
  Refusal,
  SessionReason,
  Sessions,
  SessionVerdict,
  SetCookies,
  ToEndpoint,
} from './decision.ts'
import { allow, refuse, refusePath } from './decision.ts'
import { readPath } from './path.ts'
import { authorize } from './policy.ts'
import type { Exceeded, Limiter } from './rate-limiter.ts'
import { networkOf } from './rate-limiter.ts'
import type { HeadFacts, RequestHead } from './request-head.ts'
import { readHead } from './request-head.ts'
import { findRoute, isAmbiguity } from './resolve.ts'
import type { Route } from './route.ts'
import { canRewrite, defaultRoute } from './route.ts'
import type { Runtime } from './runtime.ts'
import { decideSeconds } from './seconds/decide-seconds.ts'
import { secondTargets } from './seconds/second-targets.ts'

/**
 * Returns a promise in four cases: a key has to be fetched; a session has to be read, verified or renewed; the request has
 * second targets; requests are counted together with other processes. `now` is in milliseconds since the epoch. `note` hears of
 * the steps of the type `Step`, for the request itself; without it the walk builds nothing for it.
 */
export function decide(runtime: Runtime, head: RequestHead, now: number, note?: Note): Decision | Promise<Decision> {
  const facts = readHead(head, runtime.limits)
  note?.({ step: 'head', facts })
  if (typeof facts === 'string') return refuse(facts)
  const path = readPath(head.url, runtime.allowedPaths)
  note?.({ step: 'path', path })
  if (typeof path === 'string') return refusePath(path)
  const found = findRoute(runtime, { method: head.method, host: facts.host, path })
  if (found !== 'endpoint' && isAmbiguity(found)) return refusePath(found)
  const route = found === 'endpoint' ? undefined : found
  if (found !== 'endpoint')
    note?.({ step: 'route', route, candidates: runtime.match.candidates(head.method, facts.host, path) })
  const walk = { runtime, found, facts, path: path.path, head, now, note }
  // This limit comes before any token is looked at, because it limits the guessing of tokens, and the calls of Cognito.
  const exceeded = runtime.rates.address && countAddress(runtime, head, now)
  if (exceeded instanceof Promise) return exceeded.then((late) => (late ? refuseRate(late, route) : decideFound(walk)))
  return exceeded ? refuseRate(exceeded, route) : decideFound(walk)
}

interface FoundWalk extends Omit<Walk, 'route'> {
  readonly facts: HeadFacts
  readonly found: Route | 'endpoint' | undefined
}

/** The rest of the walk, once the address has been counted. */
function decideFound({ runtime, found, facts, path, head, now, note }: FoundWalk): Decision | Promise<Decision> {
  if (found === 'endpoint') return toEndpoint(runtime, head)
  const preflight = facts.preflight ? decidePreflight(runtime, head, found) : undefined
  if (preflight) return preflight
  if (found === undefined) return refuse('route_not_found')
  const seconds = runtime.match.hasRules ? secondTargets(head, runtime.headers.isTrusted, found.rewrite) : undefined
  const decision = decideRoute({ runtime, route: found, path, head, now, note })
  return seconds === undefined ? decision : decideSeconds({ runtime, facts, head, now, decideRoute }, seconds, decision)
}

type Verdict = Exclude<Decision, ToEndpoint | Preflight>

/** Undefined: it is decided like any other request. */
function decidePreflight(
  { passesPreflight, cors }: Runtime,
  { fields }: RequestHead,
  route?: Route,
): Decision | undefined {
  if (passesPreflight) return allow(route ?? defaultRoute)
  if (!cors?.answersPreflight || !allowsOrigin(cors, fields.origin)) return undefined
  return { kind: 'preflight', route, caller: undefined }
}

function decideRoute(walk: Walk): Decision | Promise<Decision> {
  const { rewrite } = walk.route
  if (rewrite && !canRewrite(rewrite, walk.head.url)) return refusePath('prefix in another spelling')
  return walk.route.auth === 'none' ? allow(walk.route) : decideCaller(walk)
}

/** What the steps after the route work on. */
interface Walk {
  readonly runtime: Runtime
  readonly route: Route
  /** As it came, without the query; of a second target its own. */
  readonly path: string
  readonly head: RequestHead
  readonly now: number
  readonly note: Note | undefined
}

/**
 * The cheapest refusal, for overload and for methods that are not HTTP's. `request_malformed` is kept apart because it must
 * close the connection.
 */
export function shed(runtime: Runtime, head: RequestHead): Refusal {
  return refuse(readHead(head, runtime.limits) === 'request_malformed' ? 'request_malformed' : 'overloaded')
}

function decideCaller(walk: Walk): Decision | Promise<Decision> {
  const { runtime, route, head, now, note } = walk
  const credential = runtime.credentials.extract(head, runtime.limits.tokenBytes)
  note?.({ step: 'credential', credential })
  if (credential.kind === 'none') return runtime.sessions ? decideBrowser(walk, runtime.sessions) : anonymous(route)
  if (credential.kind !== 'bearer') return conclude(route, unusable[credential.kind])
  const verification = verifyToken(runtime.verifier, credential.token, now)
  if (verification instanceof Promise) return verification.then((late) => decidePolicy(walk, late))
  return decidePolicy(walk, verification)
}

/** Why a credential is not looked into. */
const unusable = {
  malformed: 'token_malformed',
  too_large: 'token_too_large',
  conflict: 'credential_conflict',
  cross_site: 'cross_site_request',
} as const

/** A token counts alone; without one the session does. */
function decideBrowser(walk: Walk, sessions: Sessions): Decision | Promise<Decision> {
  const verdict = sessions.open(walk.head, walk.now)
  return verdict instanceof Promise ? verdict.then((late) => decideSession(walk, late)) : decideSession(walk, verdict)
}

function decideSession(walk: Walk, verdict: SessionVerdict): Decision | Promise<Decision> {
  const { route, note } = walk
  note?.({ step: 'session', verdict })
  if (verdict.kind === 'none') return anonymous(route)
  const { cookies } = verdict
  if (verdict.kind === 'refused') return { ...withoutSession(route, verdict.reason), cookies }
  const decision = decidePolicy(walk, verdict.caller)
  if (decision instanceof Promise) return decision.then((late) => concludeSession(route, late, cookies))
  return concludeSession(route, decision, cookies)
}

function concludeSession(route: Route, decision: Allow | Refusal, cookies: SetCookies): Decision {
  // A newer or a stronger sign-in helps.
  if (decision.kind === 'refuse' && decision.reason === 'reauthentication_required' && route.auth === 'login') {
    return { kind: 'login', reason: decision.reason, route, caller: undefined, cookies }
  }
  return decision.kind === 'allow' ? { ...decision, session: true, cookies } : { ...decision, cookies }
}

/**
 * An ended or unreadable session counts as none on `optional` and `login` routes, and is refused on `required` ones. A session
 * that cannot be renewed now, or that a page of another site uses, is refused on every route that asks for a caller.
 */
function withoutSession(route: Route, reason: SessionReason): Verdict {
  const isOver = reason === 'session_invalid' || reason === 'session_expired'
  return isOver && route.auth !== 'required' ? anonymous(route, reason) : conclude(route, reason)
}

function anonymous(
  route: Route,
  reason: Reason = route.auth === 'login' ? 'login_required' : 'token_missing',
): Verdict {
  if (route.auth === 'optional') return allow(route)
  if (route.auth !== 'login' || route.mode === 'report') return conclude(route, reason)
  return { kind: 'login', reason, route, caller: undefined, cookies: undefined }
}

function decidePolicy(walk: Walk, verification: Verification): Allow | Refusal | Promise<Allow | Refusal> {
  const { runtime, route, now, note } = walk
  note?.({ step: 'token', verification })
  if (verification.kind === 'rejected') return concludeRejected(route, verification)
  const exceeded = runtime.rates.subject?.take(callerKey(verification), now)
  if (exceeded instanceof Promise) {
    return exceeded.then((late) => (late ? refuseRate(late, route, verification) : decideDemands(walk, verification)))
  }
  return exceeded ? refuseRate(exceeded, route, verification) : decideDemands(walk, verification)
}

function decideDemands(walk: Walk, verification: Verified): Allow | Refusal {
  const { route, note } = walk
  const reason = authorize(verification, route.policy, walk)
  note?.({ step: 'policy', reason })
  return conclude(route, reason, verification)
}

function toEndpoint({ endpoints }: Runtime, { url }: RequestHead): Decision {
  if (!endpoints.isRoutable(url)) return refuse('endpoint_not_found')
  return { kind: 'endpoint', route: undefined, caller: undefined }
}

function countAddress({ rates, headers }: Runtime, head: RequestHead, now: number): ReturnType<Limiter['take']> {
  if (head.address === undefined) return undefined
  return rates.address?.take(networkOf(clientAddress(head.fields.forwardedFor, head.address, headers.isTrusted)), now)
}

/** Counts by pool, not by issuer: a pool has two issuer forms, and its user is one caller under both. */
function callerKey({ key, subject }: Verified): string {
  return `${key.pool} ${subject}`
}

/** Rate limits also apply in report mode: they are not part of the route's policy. */
function refuseRate(exceeded: Exceeded, route?: Route, caller?: Verified): Refusal {
  return { ...refuse('rate_limited', route, caller), exceeded }
}

/** A route in report mode lets a request pass that it would have refused, and records the reason. */
function conclude(route: Route, reason: Reason | undefined, caller?: Verified): Allow | Refusal {
  if (reason !== undefined && route.mode === 'enforce') return refuse(reason, route, caller)
  return allow(route, caller, reason)
}

function concludeRejected(route: Route, { reason, client }: Rejected): Allow | Refusal {
  const decision = conclude(route, reason)
  return client === undefined ? decision : { ...decision, client }
}
