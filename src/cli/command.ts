/**
 * What a command gets from the process, and the name of the command that users never type. Nothing here may run.
 */

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTerminal: boolean
  readonly colours: boolean
  readonly print: (text: string) => void
  readonly warn: (text: string) => void
}

/** Resolves to the exit code. */
export type Command = (argv: readonly string[], terminal: Terminal) => Promise<number>

/** The command with which `cogate start` runs its workers. */
export const workerCommand = 'worker'
