/**
 * The runtime of a gate: compiled whole from a configuration, and exchanged whole for another one. What the other one does not
 * change goes on.
 */
import type { Config } from '../../config/config.ts'
import { compileRuntime } from '../../decide/runtime.ts'
import type { Observers } from '../../ops/observers.ts'
import { setUnrefTimer } from '../../timer.ts'
import type { FetchKeys, JwksEvent } from '../../tokens/keys/jwks.ts'
import type { Gate, GateRuntime } from '../gate.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { closeDelivery, compileDelivery, isUnused } from './delivery.ts'
import { compileGateAuthApi, compileGateLogin } from './login.ts'

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
  const compiled = compileRuntime(config, { fetchKeys, now, random: Math.random, onKeyEvent }, before)
  const login = await compileGateLogin(config, compiled, { observers, now, before })
  const delivery = await compileDelivery(config, { observers, now, before })
  const joined = {
    ...compiled,
    login,
    ...(login && { headers: { ...compiled.headers, stripCookies: login.stripCookies }, sessions: login.sessions }),
  }
  const authApi = await compileGateAuthApi(config, joined, { observers, now, before })
  return { ...joined, authApi, forwardAuth: await compileGateForwardAuth(config, joined), delivery }
}

/** Nothing of that room is loaded without `forwardAuth.enabled`. */
async function compileGateForwardAuth(
  config: Config,
  runtime: Omit<GateRuntime, 'forwardAuth' | 'authApi' | 'delivery'>,
) {
  if (!config.forwardAuth.enabled) return undefined
  const { compileForwardAuth } = await import('../../forward-auth/forward-auth.ts')
  return compileForwardAuth(config.endpoints.prefix, runtime)
}

/** What was compiled for nothing: `runtime` stays. */
export function discardRuntime(unused: GateRuntime, { login, delivery }: GateRuntime): void {
  if (unused.login !== login) unused.login?.close()
  if (unused.delivery !== delivery) closeDelivery(unused.delivery)
}

/** Requests that arrived before have `graceMs` at least, until anything of theirs is closed. */
export function replaceRuntime(gate: Gate, next: GateRuntime, graceMs: number): void {
  const { runtime: before, retired, lifecycle } = gate
  const now = lifecycle.now()
  gate.runtime = next
  if (before.login !== next.login) setUnrefTimer(() => before.login?.close(), graceMs)
  if (before.delivery !== next.delivery) {
    before.delivery.upstream.pool.retire()
    retired.set(before.delivery, now)
  }
  for (const [delivery, since] of retired) {
    if (now - since < graceMs || !isUnused(delivery)) continue
    closeDelivery(delivery)
    retired.delete(delivery)
  }
}

const keyEventLevel = {
  fetched: 'debug',
  keys_changed: 'info',
  fetch_failed: 'warn',
  key_rejected: 'warn',
  snapshot_failed: 'warn',
  snapshot_ignored: 'warn',
} as const satisfies Record<JwksEvent['kind'], string>

function reportKeyEvent({ log, metrics }: Observers, event: JwksEvent): void {
  if (event.kind === 'fetched') metrics.countKeyFetch(event.pool, 'ok')
  if (event.kind === 'fetch_failed') metrics.countKeyFetch(event.pool, 'error')
  log[keyEventLevel[event.kind]]({ pool: event.pool, detail: event.detail }, event.kind)
}
