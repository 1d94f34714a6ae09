/**
 * Reads command-line flags: every key of the table in kebab-case, with its value as the next word or after `=`. Never
 * reads a secret: every user of the machine can see a command line.
 */
import { parseArgs } from 'node:util'
import type { Issues } from '../issues/issues.ts'
import { findNearest, findSynonym } from '../issues/nearest.ts'
import type { Place } from '../issues/place.ts'
import { quoteForShell, writeText } from '../issues/place.ts'
import { mayHoldSecret } from '../issues/secret-name.ts'
import { guessFor } from '../issues/suggest.ts'
import type { Option } from '../table/option.ts'
import { envNames, flagNames, spellFlags } from '../table/option.ts'
import type { TextEntry } from './text-layer.ts'

export interface FlagsContext {
  readonly options: readonly Option[]
  readonly issues: Issues
  /** Further flags of the command, which has read them already: for one that is misspelt. */
  readonly commandFlags?: Readonly<Record<string, 'switch' | 'value'>> | undefined
}

export interface Flags {
  readonly entries: readonly TextEntry[]
  readonly configFile: string | undefined
}

const CONFIG_FLAG = '--config'

interface Flag {
  /** As typed. */
  readonly name: string
  readonly text: string | undefined
  /** Given as `--name=text`. */
  readonly inline: boolean
}

/** The values of a list that is given twice are joined. Of any other key only the last value counts. */
export function readFlags(argv: readonly string[], context: FlagsContext): Flags {
  const names = new Map(context.options.flatMap((option) => flagNames(option).map((name) => [name, option] as const)))
  const entries = new Map<string, TextEntry>()
  let configFile: string | undefined
  for (const { name, text } of pairFlags(argv, names, context.issues)) {
    const option = names.get(name)
    if (name !== CONFIG_FLAG && !option) reportUnknown({ name, text }, [...names.keys(), CONFIG_FLAG], context)
    else if (text === undefined) reportValueless(name, context.issues)
    else if (!option) {
      if (configFile !== undefined && configFile !== text) reportSecondFile([configFile, text], context.issues)
      configFile = text
    } else entries.set(name, { option, kind: 'flag', name, text: joinLists(option, entries.get(name), text) })
  }
  return { entries: [...entries.values()], configFile }
}

function joinLists(option: Option, earlier: TextEntry | undefined, text: string): string {
  return option.type.kind === 'list' && earlier ? `${earlier.text},${text}` : text
}

/** Node's parser is not told which flags take a value: it would take the next flag for a value that is missing. */
function pairFlags(argv: readonly string[], names: ReadonlyMap<string, Option>, issues: Issues): readonly Flag[] {
  const { tokens } = parseArgs({ args: [...argv], strict: false, allowPositionals: true, tokens: true })
  const flags: Flag[] = []
  let open: Flag | undefined
  for (const token of tokens) {
    if (token.kind === 'option') {
      open = openFlag(token.rawName, token.value, names)
      flags.push(open)
    } else if (token.kind === 'positional') {
      if (open && !open.inline) flags[flags.length - 1] = { ...open, text: token.value }
      else reportStray(token.value, issues)
      open = undefined
    }
  }
  return flags
}

/** A switch without a value means true. */
function openFlag(name: string, inline: string | undefined, names: ReadonlyMap<string, Option>): Flag {
  const isSwitch = names.get(name)?.type.kind === 'boolean'
  return { name, text: inline ?? (isSwitch ? 'true' : undefined), inline: inline !== undefined }
}

function reportUnknown({ name, text }: Omit<Flag, 'inline'>, names: readonly string[], context: FlagsContext): void {
  const { options, issues } = context
  const secrets = new Map(options.filter(({ secret }) => secret).flatMap(spellEach))
  const { commandFlags = {} } = context
  const near = findMeant(name, [...Object.keys(commandFlags), ...names, ...secrets.keys()], options)
  const secret = secrets.get(near ?? '')
  if (secret) {
    reportSecret(name, secret, issues)
    return
  }
  const shown = near !== undefined && mayHoldSecret(name, near) ? undefined : text
  const line = near === undefined ? 'cogate --help' : writeFlag(near, shown, context)
  const expected = near ?? 'one of the flags that cogate --help lists'
  issues.add({ path: [name], found: 'a flag that cogate does not know', expected, line }, placeOf(name))
}

/** `--no-x` is the opposite of `--x`, which is no slip of it. */
function findMeant(name: string, names: readonly string[], options: readonly Option[]): string | undefined {
  const key = findSynonym(name, '')
  if (key === 'config') return CONFIG_FLAG
  const synonym = options.find(({ path }) => path === key || path === `${key}.url`)
  if (synonym) return flagNames(synonym).at(-1)
  return name.startsWith('--no-') ? undefined : findNearest(name, names)
}

/** The value of a flag of the command may be a token. */
function writeFlag(name: string, text: string | undefined, { options, commandFlags = {} }: FlagsContext): string {
  if (!Object.hasOwn(commandFlags, name)) return `${name} ${writeFor(name, text, options)}`
  return commandFlags[name] === 'switch' ? name : `${name} …`
}

/** The value as the flag that was meant takes it. */
function writeFor(name: string, text: string | undefined, options: readonly Option[]): string {
  const option = options.find((candidate) => flagNames(candidate).includes(name))
  if (text === undefined) return '…'
  if (!option) return quoteForShell(text)
  const isYaml = option.type.kind === 'objects' || option.type.kind === 'map'
  return isYaml ? '…' : quoteForShell(writeText(guessFor(option, option.type, text) ?? '…'))
}

function spellEach(option: Option): readonly (readonly [name: string, option: Option])[] {
  return spellFlags(option).map((name) => [name, option])
}

/** Does not repeat the value of the secret. */
function reportSecret(name: string, option: Option, issues: Issues): void {
  const [variable = ''] = envNames(option)
  const expected = `${variable} or ${variable}_FILE: every user of the machine can read a command line`
  issues.add({ path: [name], found: 'a secret', expected, line: `${variable}_FILE=/run/secrets/…` }, placeOf(name))
}

/** Rules of the file that is not read would be missing without a word. */
function reportSecondFile([first, second]: readonly [string, string], issues: Issues): void {
  const line = `${CONFIG_FLAG} ${quoteForShell(second)}`
  const found = `${first} and ${second}`
  issues.add({ path: [CONFIG_FLAG], found, expected: 'one file: files are not joined', line }, placeOf(CONFIG_FLAG))
}

function reportValueless(name: string, issues: Issues): void {
  issues.add({ path: [name], expected: 'a value behind the flag', line: `${name} …` }, placeOf(name))
}

function reportStray(text: string, issues: Issues): void {
  const line = /\.(?:ya?ml|json)$/.test(text) ? `${CONFIG_FLAG} ${quoteForShell(text)}` : 'cogate --help'
  issues.add({ path: [text], expected: 'flags only', found: text, line }, placeOf(text))
}

function placeOf(name: string): Place {
  return { kind: 'flag', name, text: '', yaml: false }
}
