/**
 * What a command gets from the process. Types only.
 */

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly colours: boolean
  readonly print: (text: string) => void
  readonly warn: (text: string) => void
}
