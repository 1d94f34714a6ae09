/**
 * The part of `Config` about what the gate says of itself: log, audit log, traces, estimates of active users. Types only.
 */

export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  readonly access: boolean
  /** How lines name the caller's `sub`. */
  readonly subject: 'hashed' | 'plain' | 'none'
  /** What a hashed subject is hashed with. */
  readonly subjectSecret?: string
  /** `none`, `stdout` or a file. */
  readonly audit: string
}

export interface ActiveUsersConfig {
  /** What subjects are hashed with before they are counted. */
  readonly secret?: string
  /** Where the estimates are kept over a restart. */
  readonly file?: string
}

export interface TracingConfig {
  /** Undefined: there are no traces. */
  readonly endpoint?: string
  /** From 0 to 1. */
  readonly sampleRatio: number
}
