/**
 * The command line of the bench: flags to settings, or what is wrong with them. Starts nothing.
 */
import { parseArgs } from 'node:util'
import type { Settings } from './scenarios/scenario.ts'

export interface Options {
  readonly settings: Settings
  /** Names, in the order of the table; undefined: all, or all of `--quick`. */
  readonly scenarios: readonly string[] | undefined
  readonly jsonFile: string | undefined
  readonly write: boolean
}

export type Parsed =
  | { readonly kind: 'options'; readonly options: Options }
  | { readonly kind: 'usage'; readonly problem: string }

export interface Known {
  readonly scenarios: readonly string[]
  readonly contenders: readonly string[]
}

const flags = {
  scenario: { type: 'string' },
  peer: { type: 'string' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  load: { type: 'string' },
  json: { type: 'string' },
  quick: { type: 'boolean' },
  write: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export function usageText({ scenarios, contenders }: Known): string {
  return [
    'npm run bench -- [--scenario a,b] [--peer x,y] [--rounds n] [--seconds n] [--load autocannon|wrk]',
    '                 [--json FILE] [--quick] [--write]',
    `scenarios: ${scenarios.join(' ')}`,
    `peers: ${contenders.join(' ')}`,
  ].join('\n')
}

export function parseOptions(argv: readonly string[], known: Known): Parsed {
  try {
    return { kind: 'options', options: toOptions(argv, known) }
  } catch (error) {
    return { kind: 'usage', problem: error instanceof Error ? error.message : String(error) }
  }
}

function toOptions(argv: readonly string[], known: Known): Options {
  const { values } = parseArgs({ args: [...argv], options: flags, allowPositionals: false })
  const { quick = false, write = false, load = 'autocannon' } = values
  if (values.help) throw new Error('usage:')
  if (load !== 'autocannon' && load !== 'wrk') throw new Error(`--load is autocannon or wrk, not "${load}"`)
  const scenarios = toNames(values.scenario, 'scenario', known.scenarios)
  const peers = toNames(values.peer, 'peer', known.contenders)
  const rounds = toCount('--rounds', values.rounds ?? (quick ? '1' : '5'))
  const seconds = toCount('--seconds', values.seconds ?? (quick ? '1' : '4'))
  const settings: Settings = { rounds, seconds, warmUpSeconds: 6, load, quick, peers }
  return { settings, scenarios, jsonFile: values.json, write }
}

function toNames(text: string | undefined, what: string, known: readonly string[]): readonly string[] | undefined {
  const names = text?.split(',')
  const unknown = names?.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`there is no ${what} "${unknown}"`)
  return names
}

function toCount(flag: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`${flag} is a whole number from 1, not "${text}"`)
  return Number(text)
}
