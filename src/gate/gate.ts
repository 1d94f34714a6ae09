/**
 * What the handlers of a running gate share. Types only; `assemble-gate.ts` puts one together.
 */
import type { Config } from '../config/config.ts'
import type { Runtime } from '../decide/runtime.ts'
import type { Logger } from '../ops/log.ts'
import type { Scrape } from '../ops/scrape.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { WebSockets } from '../upstream/websocket/web-sockets.ts'
import type { InFlight } from './in-flight.ts'
import type { LoopWatch } from './loop-watch.ts'
import type { Recorder } from './record.ts'

export interface Gate extends Recorder {
  readonly runtime: Runtime
  readonly upstream: Upstream
  readonly webSockets: WebSockets
  readonly inFlight: InFlight
  readonly log: Logger
  readonly scrape: Scrape
  readonly loop: LoopWatch
  readonly listenerTls: Config['tls']
  /** Without a byte on a caller's connection; longer than any wait for the upstream. */
  readonly callerIdleMs: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly newRequestId: () => string
  /** Each set once, and never taken back. */
  readonly state: { draining: boolean; closed: boolean }
}
