/** The limits of a request, its connection and its body, as the gate uses them. */

export interface LimitsConfig {
  readonly tokenBytes: number
  readonly headersBytes: number
  readonly headerCount: number
  readonly urlBytes: number
  /** undefined: no limit. */
  readonly bodyBytes?: number
  /** For the head of a request, and for what is thrown away of one that is answered already. */
  readonly requestTimeoutMs: number
  readonly headersTimeoutMs: number
  /** Time without a byte of a body. */
  readonly bodyIdleMs: number
  /** Bytes of a body in a second at least; undefined: no limit. */
  readonly bodyRateBytes?: number
  /** For a whole body; undefined: no limit. */
  readonly bodyTimeoutMs?: number
  readonly keepAliveMs: number
  /** undefined: no limit. */
  readonly connections?: number
  /** undefined: no limit. */
  readonly eventLoopDelayMs?: number
}
