/**
 * The words behind a command, read in one way for all commands: its own flags, and what is left for the configuration.
 * Refuses nothing by itself: that is up to the command, or to `loadConfig`.
 */
import { parseArgs } from 'node:util'

/** A command's own flags as they are typed: a switch stands alone, a value follows as the next word or after `=`. */
export type OwnFlags = Readonly<Record<string, 'switch' | 'value'>>

export interface Arguments {
  /** The own flags that were given, each with its last value; a switch has an empty one. */
  readonly given: ReadonlyMap<string, string>
  /** All other words, in their order. */
  readonly rest: readonly string[]
}

export function readArguments(argv: readonly string[], own: OwnFlags): Arguments {
  const given = new Map<string, string>()
  const rest: string[] = []
  const words = argv.values()
  for (const word of words) {
    const [, name = '', inline] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? []
    const value = own[name] === 'value' ? (inline ?? words.next().value) : undefined
    if (value !== undefined) given.set(name, value)
    else if (own[word] === 'switch') given.set(word, '')
    else rest.push(word)
  }
  return { given, rest }
}

/**
 * For a command that takes only its own flags: what is wrong with the words, as Node.js says it. Undefined: nothing.
 */
export function findMistake(argv: readonly string[], own: OwnFlags): string | undefined {
  const options = Object.entries(own).map(
    ([flag, kind]) => [flag.slice(2), { type: kind === 'value' ? 'string' : 'boolean' }] as const,
  )
  try {
    parseArgs({ args: [...argv], options: Object.fromEntries(options) })
    return undefined
  } catch (error) {
    const [complaint = ''] = (error as Error).message.split(/\.\s|\n/)
    return complaint
  }
}
