/**
 * The errors that cogate throws. None of them is answered to a caller: a caller's mistake is a Decision, not an error.
 */

/** One mistake in the configuration: where it is, what was found, what was expected, what to write. */
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
