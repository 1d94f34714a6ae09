/**
 * The runtime of a gate: compiled whole from a configuration, and exchanged whole for another one. What the other one does not
 * change goes on.
 */
import type { Config } from '../../config/config.ts'
import { loadCredentials } from '../../credentials/load.ts'
import type { RuntimeParts } from '../../decide/compile-verifier.ts'
import { compileRuntime, withCredentials } from '../../decide/runtime.ts'
import type { HeaderRules } from '../../headers/request.ts'
import { reportKeyEvent } from '../../ops/key-events.ts'
import type { Observers } from '../../ops/observers.ts'
import type { SetTimer } from '../../timer.ts'
import { setUnrefTimer } from '../../timer.ts'
import type { FetchKeys, JwksEvent } from '../../tokens/keys/jwks.ts'
import type { Delivery, Gate, GateRuntime, Service } from '../gate.ts'
import { ownDeliveries } from '../gate.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { closeDelivery, compileDelivery, compileFurtherDeliveries, isUnused } from './delivery.ts'
import { compileGateAuthApi, compileGateLogin } from './login.ts'
import { compileGateMetadata, compileGateSigner } from './published.ts'
import { compileGateRates } from './rates.ts'

export interface RuntimeContext {
  readonly observers: Observers
  readonly lifecycle: Lifecycle
  readonly fetchKeys: FetchKeys
}

/** What the gate runs with until now. */
export interface Before {
  readonly config: Config
  readonly runtime: GateRuntime
}

/** Throws ConfigError, FaultError, or like `readFileSync`. */
export async function compileGateRuntime(
  config: Config,
  { observers, lifecycle, fetchKeys }: RuntimeContext,
  before?: Before,
): Promise<GateRuntime> {
  const { now } = lifecycle
  // A fetch that is cut off because the gate closes is no fault.
  const onKeyEvent = (event: JwksEvent) => lifecycle.isClosed || reportKeyEvent(observers, event)
  const onVerified: RuntimeParts['onVerified'] = (...verified) => {
    observers.metrics.tokens.add(...verified)
    observers.activeUsers.add(...verified)
  }
  const parts = { fetchKeys, now, random: Math.random, onKeyEvent, onVerified }
  const compiled = withCredentials(compileRuntime(config, parts, before), await loadCredentials(config))
  const login = await compileGateLogin(config, compiled, { observers, now, before })
  const identitySigner = await compileGateSigner(config, { now, before })
  const complete = (headers: HeaderRules): HeaderRules => ({
    ...headers,
    stripCookies: login?.stripCookies,
    signIdentity: identitySigner?.linesFor,
  })
  const services = new Map<string, Service>()
  for (const [name, own] of await compileFurtherDeliveries(config, { observers, now, before })) {
    services.set(name, { headers: complete(compiled.furtherHeaders.get(name) ?? compiled.headers), delivery: own })
  }
  const sharedRates = await compileGateRates(config, { observers, before })
  const joined = {
    ...compiled,
    sharedRates,
    rates: sharedRates ?? compiled.rates,
    headers: complete(compiled.headers),
    sessions: login?.sessions,
    login,
    services,
    identitySigner,
    resourceMetadata: await compileGateMetadata(config, { observers, now, fetchKeys, before }),
    delivery: await compileDelivery(config, { observers, now, before }),
  }
  const authApi = await compileGateAuthApi(config, joined, { observers, now, before })
  return { ...joined, authApi, forwardAuth: await compileGateForwardAuth(config, joined) }
}

/** Nothing of that room is loaded without `forwardAuth.enabled`. */
async function compileGateForwardAuth(config: Config, runtime: Omit<GateRuntime, 'forwardAuth' | 'authApi'>) {
  if (!config.forwardAuth.enabled) return undefined
  const { compileForwardAuth } = await import('../../forward-auth/forward-auth.ts')
  return compileForwardAuth(config.endpoints.prefix, runtime)
}

/** What was compiled for nothing: `runtime` stays. */
export function discardRuntime(unused: GateRuntime, runtime: GateRuntime): void {
  if (unused.login !== runtime.login) unused.login?.close()
  if (unused.sharedRates !== runtime.sharedRates) unused.sharedRates?.close()
  for (const delivery of onlyIn(unused, runtime)) closeDelivery(delivery)
}

function onlyIn(runtime: GateRuntime, other: GateRuntime): readonly Delivery[] {
  const kept = ownDeliveries(other)
  return ownDeliveries(runtime).filter((delivery) => !kept.includes(delivery))
}

export interface Grace {
  /** Requests that arrived before have this time at least, until anything of theirs is closed. */
  readonly graceMs: number
  /** Default: a timer that does not keep the process alive. */
  readonly setTimer?: SetTimer
}

/** What only the runtime before has is closed later, when nobody uses it any more. */
export function replaceRuntime(gate: Gate, next: GateRuntime, { graceMs, setTimer = setUnrefTimer }: Grace): void {
  const { runtime: before, retired, lifecycle } = gate
  gate.runtime = next
  if (before.login !== next.login) setTimer(() => before.login?.close(), graceMs)
  if (before.sharedRates !== next.sharedRates) setTimer(() => before.sharedRates?.close(), graceMs)
  for (const delivery of onlyIn(before, next)) {
    delivery.upstream.pool.retire()
    if (retired.size === 0) setTimer(() => closeRetired(gate, { graceMs, setTimer }), graceMs)
    retired.set(delivery, lifecycle.now())
  }
}

/** Looks again until all are closed: one may serve a WebSocket or a download for long. */
function closeRetired(gate: Gate, grace: Required<Grace>): void {
  const { retired, lifecycle } = gate
  const { graceMs, setTimer } = grace
  for (const [delivery, since] of retired) {
    if (lifecycle.now() - since < graceMs || !isUnused(delivery)) continue
    closeDelivery(delivery)
    retired.delete(delivery)
  }
  if (retired.size > 0) setTimer(() => closeRetired(gate, grace), Math.max(graceMs, shortestLookMs))
}

/** `drain.timeout` may be nothing. */
const shortestLookMs = 1000
