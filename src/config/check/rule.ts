/**
 * What a rule is given. Rules report; they never throw and never change a value.
 */
import type { Config } from '../config.ts'
import type { Problem } from '../issues/issues.ts'
import type { KeyPath } from '../table/key.ts'

export interface RuleContext {
  readonly config: Config
  /** Dropped when the key, one above or one below it already has an issue. */
  readonly report: (problem: Problem) => void
  /** A key with its place, for issues that name two. */
  readonly whereIs: (path: KeyPath) => string
  /** A configuration file is in use. */
  readonly hasFile: boolean
  /** Throws like `readFileSync`. */
  readonly readFile: (path: string) => string
}

export type Rule = (context: RuleContext) => void
