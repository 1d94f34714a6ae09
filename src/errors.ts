/**
 * Faults: what is thrown, never answered to a caller. A caller's mistake is a Decision, not an error.
 */

/** One configuration mistake: where it is, what stands there, what belongs there, how to write it. */
export interface ConfigIssue {
  /** Dotted key (`routes[1].path`); the variable or flag itself when it is unknown. */
  readonly key: string
  /** `file:line:column`, `environment COGATE_X`, `flag --x` or `not set`. */
  readonly source: string
  readonly found: string
  readonly expected: string
  /** A line the user can copy. */
  readonly fix: string
}

/** Bad usage or configuration: the process exits 64. Holds every mistake at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[]) {
    super(`${issues.length} configuration ${issues.length === 1 ? 'mistake' : 'mistakes'}`)
    this.issues = issues
  }
}

/** A fault of the surroundings (port in use, endpoint unreachable in `check`): the process exits 1. */
export class FaultError extends Error {
  override readonly name = 'FaultError'
}
