/** What an action of `cogate users` is, and what it is given. */
import type { ParseArgsConfig } from 'node:util'
import type { Pool } from '../../admin/users/pages.ts'
import type { Terminal } from '../command.ts'

export interface Words {
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
  readonly users: readonly string[]
}

export interface Action {
  readonly flags: NonNullable<ParseArgsConfig['options']>
  /** How many users it takes. */
  readonly users: { readonly least: number; readonly most: number }
  /** What follows its name. */
  readonly usage: string
  /** Resolves to the exit code. Throws FaultError and UsageError. */
  readonly run: (words: Words, pool: Pool, terminal: Terminal) => Promise<number>
}

/** The words are wrong: exit code 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function textOf({ values }: Words, flag: string): string | undefined {
  const value = values[flag]
  return typeof value === 'string' ? value : undefined
}

/** All values of a flag that may come more than once. */
export function textsOf({ values }: Words, flag: string): readonly string[] {
  const value = values[flag]
  return Array.isArray(value) ? value : []
}

export function isGiven({ values }: Words, flag: string): boolean {
  return values[flag] === true
}
