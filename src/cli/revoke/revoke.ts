/**
 * `cogate revoke`: adds an entry to the list of revoked tokens, which running gates read at once. Never takes a token: who has
 * one on the command line has shown it to the whole machine.
 */
import { appendFileSync } from 'node:fs'
import { loadConfig } from '../../config/load.ts'
import { parseDuration } from '../../config/table/units.ts'
import { FaultError } from '../../errors.ts'
import { parseDenylist } from '../../tokens/revocation/denylist.ts'
import { readArguments } from '../arguments.ts'
import type { Command, Terminal } from '../command.ts'

const names = {
  '--sub': 'sub',
  '--username': 'username',
  '--origin-jti': 'origin_jti',
  '--jti': 'jti',
  '--client-id': 'client_id',
} as const

const flags = {
  '--sub': 'value',
  '--username': 'value',
  '--origin-jti': 'value',
  '--jti': 'value',
  '--client-id': 'value',
  '--issued-before': 'value',
  '--for': 'value',
  '--file': 'value',
} as const

const usage =
  'usage: cogate revoke --sub S | --username U | --origin-jti J | --jti J | --client-id C  [--issued-before TIME] [--for 24h] [--file F]\n'

/** 0 when the entry is written, 64 for wrong words. Throws FaultError where the file cannot be written. */
export const revokeCommand: Command = async (argv, terminal) => {
  const { given, rest } = readArguments(argv, flags)
  const line = writeEntry(given, Date.now())
  // With a file of its own it reads no configuration.
  const hasStray = given.has('--file') && rest.length > 0
  if (line === undefined || hasStray) {
    terminal.warn(usage)
    return 64
  }
  const file = given.get('--file') ?? configuredFile(rest, terminal)
  try {
    appendFileSync(file, `${line}\n`, { mode: 0o600 })
  } catch (error) {
    throw new FaultError(`revoke: ${(error as Error).message}`)
  }
  terminal.print(`${file}: ${line}\n`)
  return 0
}

/** Undefined: the words say none, more than one, or a time that nobody can read. `now` in milliseconds since the epoch. */
function writeEntry(given: ReadonlyMap<string, string>, now: number): string | undefined {
  const named = Object.entries(names).filter(([flag]) => given.has(flag))
  const [[flag = '', name = ''] = [], ...more] = named
  const issuedBefore = readTime(given.get('--issued-before'), now)
  const life = given.get('--for')
  const lifeMs = life === undefined ? undefined : parseDuration(life)
  if (more.length > 0 || (life !== undefined && lifeMs === undefined)) return undefined
  const until = lifeMs === undefined ? undefined : new Date(now + lifeMs).toISOString()
  const line = JSON.stringify({ [name]: given.get(flag), issuedBefore, until })
  try {
    return parseDenylist(line).length === 1 ? line : undefined
  } catch {
    return undefined
  }
}

/** `now`, or a time that JavaScript can read; what it cannot read is no entry. */
function readTime(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined
  const at = text === 'now' ? now : Date.parse(text)
  return Number.isNaN(at) ? text : new Date(at).toISOString()
}

function configuredFile(rest: readonly string[], { env }: Terminal): string {
  const { file } = loadConfig({ argv: rest, env }).config.revocation ?? {}
  if (file === undefined) throw new FaultError('revoke: no revocation.file is configured; name one with --file')
  return file
}
