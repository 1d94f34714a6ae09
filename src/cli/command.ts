/**
 * What a command gets from the process, and the name of the one that users never type. Nothing here runs.
 */

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly colours: boolean
  readonly print: (text: string) => void
  readonly warn: (text: string) => void
}

/** Resolves to the exit code. */
export type Command = (argv: readonly string[], terminal: Terminal) => Promise<number>

/** What `cogate start` runs its workers with. */
export const workerCommand = 'worker'
