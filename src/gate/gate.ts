/**
 * What the handlers of a running gate share: how it decides, where requests go, who hears of them, how it lives. `assembly/`
 * builds it.
 */
import type { AuthApi } from '../auth-api/auth-api.ts'
import type { Runtime } from '../decide/runtime.ts'
import type { ForwardAuth } from '../forward-auth/forward-auth.ts'
import type { HeaderRules } from '../headers/request.ts'
import type { IdentitySigner } from '../identity-token/identity-token.ts'
import type { Login } from '../login/login.ts'
import type { Observers } from '../ops/observers.ts'
import type { SharedRates } from '../redis/rates/shared-rates.ts'
import type { ResourceMetadata } from '../resource/resource-metadata.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { WebSockets } from '../upstream/websocket/web-sockets.ts'
import type { ExpiringStreams } from './expiring-streams.ts'
import type { Lifecycle } from './lifecycle.ts'

/** The runtime with what the walk does not know of. */
export interface GateRuntime extends Runtime {
  /** Undefined: there is no browser sign-in, and nothing of it is loaded. */
  readonly login: Login | undefined
  /** Undefined: nobody may ask about a request, and nothing of it is loaded. */
  readonly forwardAuth: ForwardAuth | undefined
  /** Undefined: no operation is listed, and nothing of it is loaded. */
  readonly authApi: AuthApi | undefined
  /** Undefined: the gate publishes no metadata, and nothing of it is loaded. */
  readonly resourceMetadata: ResourceMetadata | undefined
  /** Undefined: no identity is signed, and nothing of it is loaded. */
  readonly identitySigner: IdentitySigner | undefined
  /** Undefined: each process counts for itself, and nothing of it is loaded. */
  readonly sharedRates: SharedRates | undefined
  readonly delivery: Delivery
  /** Further services, by name. */
  readonly services: ReadonlyMap<string, Service>
}

/** What a request needs of the service that it goes to. */
export interface Service {
  readonly headers: HeaderRules
  readonly delivery: Delivery
}

/** Throws RangeError for a service that is not configured. */
export function serviceOf(runtime: GateRuntime, name: string | undefined): Service {
  if (name === undefined) return runtime
  const service = runtime.services.get(name)
  if (service === undefined) throw new RangeError(`there is no service ${name}`)
  return service
}

export interface Gate {
  /** Replaced as a whole. An exchange takes it once, when it arrives. */
  runtime: GateRuntime
  /** Where requests still are that arrived before a reload, and since when, in milliseconds since the epoch. */
  readonly retired: Map<Delivery, number>
  readonly observers: Observers
  readonly lifecycle: Lifecycle
}

/** Where requests go that may pass. */
export interface Delivery {
  /** Of the service. */
  readonly name: string
  readonly upstream: Upstream
  /** As configured. */
  readonly upstreamUrl: string
  readonly webSockets: WebSockets
  /** Undefined: answers may outlive the token of their request. */
  readonly expiringStreams: ExpiringStreams | undefined
  /** How long a caller's connection may be silent while its request is under way. */
  readonly callerIdleMs: number
}

export function ownDeliveries({ delivery, services }: GateRuntime): readonly Delivery[] {
  return [delivery, ...Array.from(services.values(), (service) => service.delivery)]
}

/** Those of requests that arrived before a reload are among them. */
export function deliveriesOf({ runtime, retired }: Gate): readonly Delivery[] {
  return [...ownDeliveries(runtime), ...retired.keys()]
}
