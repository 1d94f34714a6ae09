/** What the metrics and the status page read from other parts of the gate. Types only. */

import type { KeyStatus } from '../../tokens/keys/pool-keys.ts'
import type { TokenCacheCounts } from '../../tokens/token-cache.ts'
import type { Activity } from '../cost/active-users.ts'
import type { LastReload } from './reload-gauges.ts'

/** Of one service, by state. */
export interface UpstreamConnections {
  readonly upstream: string
  readonly busy: number
  readonly idle: number
  readonly connecting: number
}

/** The list of revoked tokens. */
export interface Revocations {
  readonly size: number
  /** Milliseconds since it was known to be the same as the one in Redis. Undefined: there is none in Redis. */
  readonly lagMs: number | undefined
}

/** Numbers that other parts of the gate keep already. */
export interface MetricSources {
  readonly cache: () => TokenCacheCounts
  readonly keys: () => readonly KeyStatus[]
  readonly inFlight: () => number
  /** Requests that wait for a connection to the upstream. */
  readonly waiting: () => number
  /** One for each service, the retired ones of a reload included. */
  readonly connections: () => readonly UpstreamConnections[]
  /** Undefined: it is not measured. */
  readonly loopDelayMs: () => number | undefined
  /** Undefined without a list of revoked tokens. */
  readonly revocations: () => Revocations | undefined
  readonly version: string
  /** Undefined in a worker: its primary shows it. */
  readonly lastReload?: (() => LastReload) | undefined
  /** Of the month that runs. Undefined in a worker: its primary shows it. */
  readonly activity?: (() => readonly Activity[]) | undefined
}
