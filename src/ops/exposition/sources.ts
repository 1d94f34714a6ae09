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
  /** Entries of the list of revoked tokens, and when it was read, in milliseconds since the epoch; undefined without a list. */
  readonly revocations: () => { readonly size: number; readonly loadedAt: number } | undefined
  readonly version: string
  /** Undefined in a worker: its primary shows it. */
  readonly lastReload?: (() => LastReload) | undefined
  /** Of the month that runs. Undefined in a worker: its primary shows it. */
  readonly activity?: (() => readonly Activity[]) | undefined
}
