/** The command line of the fuzzers: flags to settings. Throws what is wrong with them; starts nothing. */
import { parseArgs } from 'node:util'

export interface Options {
  readonly minutes: number
  readonly seed: number
  /** Batches of one fuzzer at the same time. */
  readonly lanes: number
  /** Fuzzer names. */
  readonly only: readonly string[]
  /** A file with one failure, to run that and nothing else. */
  readonly replay: string | undefined
  /** Keep a case of every outcome the corpus does not have yet. */
  readonly collect: boolean
}

const flags = {
  minutes: { type: 'string', default: '1' },
  seed: { type: 'string' },
  lanes: { type: 'string', default: '4' },
  only: { type: 'string' },
  replay: { type: 'string' },
  collect: { type: 'boolean', default: false },
} as const

export function usageText(names: readonly string[]): string {
  return [
    'npm run fuzz -- [--minutes n] [--seed n] [--lanes n] [--only a,b] [--collect]',
    'npm run fuzz -- --replay FILE',
    `fuzzers: ${names.join(' ')}`,
  ].join('\n')
}

/** `newSeed` is asked when the command line has none. */
export function readOptions(argv: readonly string[], names: readonly string[], newSeed: () => number): Options {
  const { values } = parseArgs({ args: [...argv], options: flags, allowPositionals: false })
  const { minutes, seed, lanes, only, replay, collect } = values
  return {
    minutes: toMinutes(minutes),
    seed: seed === undefined ? newSeed() : toSeed(seed),
    lanes: toLanes(lanes),
    only: only === undefined ? names : toNames(only, names),
    replay,
    collect,
  }
}

function toMinutes(text: string): number {
  const minutes = Number(text)
  if (Number.isFinite(minutes) && minutes > 0) return minutes
  throw new Error(`--minutes is a number above 0, not "${text}"`)
}

function toSeed(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 31) return Number(text)
  throw new Error(`--seed is a whole number below 2147483648, not "${text}"`)
}

function toLanes(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw new Error(`--lanes is a whole number from 1 to 99, not "${text}"`)
}

function toNames(text: string, names: readonly string[]): readonly string[] {
  const wanted = text.split(',')
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length === 0) return wanted
  throw new Error(`there is no fuzzer ${unknown.join(', ')}; there are ${names.join(', ')}`)
}
