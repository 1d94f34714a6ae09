/**
 * What a rule is and what it may use. A rule reports problems; it never throws and never changes a value.
 */
import type { Config } from '../config.ts'
import type { Problem } from '../issues/issues.ts'
import type { KeyPath } from '../table/key.ts'

export interface RuleContext {
  readonly config: Config
  /** Does nothing when the key, or a key above or below it, is already known to be wrong. */
  readonly report: (problem: Problem) => void
  /** It is already known to be wrong, or a key above or below it is: what it was meant to say is unknown. */
  readonly isBroken: (path: KeyPath) => boolean
  /** A key with its place, for an issue that names a second key. */
  readonly whereIs: (path: KeyPath) => string
  /** A configuration file is in use. */
  readonly hasFile: boolean
  /** Throws like `readFileSync`. */
  readonly readFile: (path: string) => string
}

export type Rule = (context: RuleContext) => void
