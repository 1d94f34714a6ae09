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
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    const [, name = '', inline] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? []
    const value = own[name] === 'value' ? (inline ?? valueBehind(argv, at)) : undefined
    if (value !== undefined) {
      given.set(name, value)
      if (inline === undefined) at++
    } else if (own[word] === 'switch') given.set(word, '')
    else rest.push(word)
  }
  return { given, rest }
}

/** A variable that is not set leaves nothing between two flags, and the next one is no value. */
function valueBehind(argv: readonly string[], at: number): string | undefined {
  const next = argv[at + 1]
  return next?.startsWith('--') ? undefined : next
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
