/**
 * The one place where a Decision becomes an act: the request is forwarded, refused, answered as a
 * preflight, or left to an endpoint of the gate.
 */
import type { Decision, Refusal, ToLogin } from '../decide/decision.ts'
import { rewriteTarget } from '../decide/route.ts'
import type { Verdict } from '../forward-auth/forward-auth.ts'
import type { LoginAnswer, LoginRequest } from '../login/answer.ts'
import { describeError } from '../ops/describe-error.ts'
import { forward } from '../upstream/forward.ts'
import type { Exchange } from './exchange.ts'
import { requestTarget } from './exchange.ts'
import { ExchangeForwarding } from './forwarding.ts'
import type { Gate } from './gate.ts'
import { serviceOf } from './gate.ts'
import { isUpgraded } from './listener/node-internals.ts'
import { respondWith } from './respond.ts'

/** `toEndpoint` goes on with the request where the path is the gate's own. */
export function deliver(gate: Gate, exchange: Exchange, decision: Decision, toEndpoint: () => void): void {
  const { req, res } = exchange
  const isUpgrade = isUpgraded(req)
  // Whatever the answer, the connection ends with it.
  if (isUpgrade) res.shouldKeepAlive = false
  if (decision.kind === 'refuse' || decision.kind === 'login') {
    refuse(gate, exchange, decision)
    return
  }
  if (decision.kind === 'preflight') {
    exchange.answerPreflight()
    return
  }
  if (decision.kind === 'endpoint') {
    toEndpoint()
    return
  }
  const { rewrite, upstream: name } = decision.route
  const { stripTarget } = exchange.runtime.credentials
  const target = stripTarget ? stripTarget(requestTarget(req)) : requestTarget(req)
  // Fastify's router was shown another target; what was matched is what is sent.
  req.url = rewrite ? rewriteTarget(rewrite, target) : target
  const service = serviceOf(exchange.runtime, name)
  const forwarding = new ExchangeForwarding(gate, exchange, service)
  const { upstream, webSockets } = service.delivery
  if (isUpgrade) webSockets.open(forwarding)
  else forward(upstream, forwarding)
}

/** To the proxy that has asked. What may pass is 200 and nothing else; whatever may not must never be 2xx. */
export function deliverVerdict(gate: Gate, exchange: Exchange, verdict: Verdict): void {
  const { req, res, runtime, requestId } = exchange
  if (isUpgraded(req)) res.shouldKeepAlive = false
  if (verdict.kind !== 'allow') {
    refuse(gate, exchange, verdict)
    return
  }
  const cookies = exchange.cookiesNow(verdict.cookies)
  const identity = runtime.forwardAuth?.linesFor(verdict.caller, cookies) ?? []
  const headers = [...identity, 'Cache-Control', 'no-store', 'X-Request-Id', requestId]
  respondWith(res, { status: 200, headers, body: '' })
}

/** People get a page where the route has a sign-in; programs get the usual answer. */
function refuse(gate: Gate, exchange: Exchange, decision: Refusal | ToLogin): void {
  const { runtime } = exchange
  const { reason, cookies, route } = decision
  const asksForSignIn = decision.kind === 'login'
  const redirects = exchange.question?.passesRedirects ?? true
  const hasPages = runtime.login !== undefined && route?.auth === 'login'
  const answer = hasPages
    ? runtime.login.answer(loginRequest(gate, exchange), {
        reason,
        cookies: exchange.cookiesNow(cookies),
        asksForSignIn,
        policy: route.policy,
        redirects,
      })
    : undefined
  if (answer === undefined) exchange.refuse({ ...decision, kind: 'refuse' })
  else showLater(gate, exchange, answer)
}

/** What the login room looks at. A page links to the target, and to where a sign-in leads, so there is no token in them. */
export function loginRequest({ lifecycle }: Gate, { head, requestId, runtime }: Exchange): LoginRequest {
  const query = head.url.indexOf('?')
  const parameters = query === -1 ? '' : head.url.slice(query + 1)
  const given = { head, query: new URLSearchParams(parameters), now: lifecycle.now(), requestId }
  const { stripTarget } = runtime.credentials
  if (stripTarget === undefined) return given
  const returnTo = given.query.get('returnTo')
  if (returnTo !== null) given.query.set('returnTo', stripTarget(returnTo))
  return { ...given, head: { ...head, url: stripTarget(head.url) } }
}

/** Its caller may have left when the answer is there. */
export function showLater(gate: Gate, exchange: Exchange, answer: LoginAnswer | Promise<LoginAnswer>): void {
  if (!(answer instanceof Promise)) {
    exchange.show(answer)
    return
  }
  answer
    .then((late) => exchange.res.destroyed || exchange.show(late))
    .catch((error: Error) => {
      gate.observers.log.error({ requestId: exchange.requestId, err: describeError(error) }, 'fault')
      exchange.fail('internal_error')
    })
}
