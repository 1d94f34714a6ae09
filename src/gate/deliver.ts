/**
 * The one place where a Decision becomes an act: the request is forwarded, refused, answered as a
 * preflight, or left to an endpoint of the gate.
 */
import type { Decision } from '../decide/decision.ts'
import { forward } from '../upstream/forward.ts'
import type { Exchange } from './exchange.ts'
import { requestTarget } from './exchange.ts'
import { ExchangeForwarding } from './forwarding.ts'
import type { Gate } from './gate.ts'
import { isUpgraded } from './listener/node-internals.ts'

/** `toEndpoint` goes on with the request where the path is the gate's own. */
export function deliver(gate: Gate, exchange: Exchange, decision: Decision, toEndpoint: () => void): void {
  const { req, res } = exchange
  const isUpgrade = isUpgraded(req)
  // Whatever the answer, the connection ends with it.
  if (isUpgrade) res.shouldKeepAlive = false
  if (decision.kind === 'refuse') {
    exchange.refuse(decision)
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
  // Fastify's router was shown another target; what was matched is what is sent.
  req.url = requestTarget(req)
  const forwarding = new ExchangeForwarding(gate, exchange)
  if (isUpgrade) gate.delivery.webSockets.open(forwarding)
  else forward(gate.delivery.upstream, forwarding)
}
