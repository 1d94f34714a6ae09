/**
 * `cogate revoke`: adds an entry to the list of revoked tokens, which running gates take at once. Never takes a token: who has
 * one on the command line has shown it to the whole machine.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { loadConfig } from '../../config/load.ts'
import type { RedisServer } from '../../config/redis.ts'
import { revocationServer } from '../../config/redis.ts'
import { isRedisUrl } from '../../config/table/addresses.ts'
import { FaultError } from '../../errors.ts'
import type { DenyEntry } from '../../tokens/revocation/entries.ts'
import { parseDenylist, writeEntry } from '../../tokens/revocation/entries.ts'
import { readArguments } from '../arguments.ts'
import type { Command, Terminal } from '../command.ts'
import { entryFlags, readEntry } from './read-entry.ts'

const flags = { ...entryFlags, '--file': 'value', '--redis': 'value', '--prefix': 'value' } as const

const usage =
  'usage: cogate revoke --sub S | --username U | --origin-jti J | --jti J | --client-id C  [--issued-before TIME] [--for 24h] [--file F | --redis URL [--prefix P] | --config FILE]\n'

const passwordHint =
  'a password on a command line is seen by the whole machine: give it to COGATE_REVOCATION_REDIS_URL or to a configuration file\n'

/** Where the entry is written. */
type Target =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'redis'; readonly server: RedisServer; readonly prefix: string }

/** 0 when the entry is written, 64 for wrong words. Throws FaultError where it cannot be written. */
export const revokeCommand: Command = async (argv, terminal) => {
  const { given, rest } = readArguments(argv, flags)
  const now = Date.now()
  const entry = readEntry(given, now)
  const mistake = typeof entry === 'string' ? entry : findMisfit(given, rest)
  if (typeof entry === 'string' || mistake !== undefined) {
    terminal.warn(`cogate revoke: ${mistake}\n${usage}`)
    return 64
  }
  if (hasPassword(given.get('--redis'))) {
    terminal.warn(passwordHint)
    return 64
  }
  const target = namedTarget(given) ?? configuredTarget(rest, terminal)
  terminal.print(target.kind === 'file' ? appendEntry(target.file, entry) : await shareEntry(target, entry, now))
  return 0
}

/** With a place of its own it reads no configuration. Shows no value: it may be a password or a token. */
function findMisfit(given: ReadonlyMap<string, string>, [word]: readonly string[]): string | undefined {
  const redis = given.get('--redis')
  if (given.has('--file') && redis !== undefined) return 'name --file or --redis, and not both'
  if (given.has('--prefix') && redis === undefined) return '--prefix belongs to --redis'
  if (redis !== undefined && !isRedisUrl(redis)) return '--redis: expected redis://host:6379 or rediss://host:6379'
  if (word === undefined || !(given.has('--file') || redis !== undefined)) return undefined
  const [flag] = /^--[\w-]+/.exec(word) ?? ['a word without a flag']
  return `${flag}: unknown, or of the configuration, which counts for nothing beside --file and --redis`
}

function hasPassword(url: string | undefined): boolean {
  return url !== undefined && new URL(url).password !== ''
}

function namedTarget(given: ReadonlyMap<string, string>): Target | undefined {
  const [file, url] = [given.get('--file'), given.get('--redis')]
  if (file !== undefined) return { kind: 'file', file }
  return url === undefined ? undefined : { kind: 'redis', server: { url }, prefix: given.get('--prefix') ?? 'cogate:' }
}

/** Redis before the file: it reaches every replica. */
function configuredTarget(rest: readonly string[], { env }: Terminal): Target {
  const { config } = loadConfig({ argv: rest, env, commandFlags: flags })
  const server = revocationServer(config)
  if (server) return { kind: 'redis', server, prefix: config.revocation.redis.prefix }
  const { file } = config.revocation
  if (file !== undefined) return { kind: 'file', file }
  throw new FaultError(
    'revoke: neither revocation.file nor revocation.redis is configured; name one with --file or --redis',
  )
}

function appendEntry(file: string, entry: DenyEntry): string {
  const line = writeEntry(entry)
  try {
    appendFileSync(file, `${endsWithLine(file) ? '' : '\n'}${line}\n`, { mode: 0o600 })
  } catch (error) {
    throw new FaultError(`revoke: ${(error as Error).message}`)
  }
  const mistake = findMistake(readFileSync(file, 'utf8'))
  if (mistake === undefined) return `${file}: ${line}\n`
  const consequence = 'the entry is written, and no gate reads it until the line is mended'
  throw new FaultError(`revoke: ${file}: ${mistake}; ${consequence}`)
}

function findMistake(list: string): string | undefined {
  try {
    parseDenylist(list)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** An entry on the line of another one would be no entry, and no gate would read the list any more. */
function endsWithLine(file: string): boolean {
  const text = existsSync(file) ? readFileSync(file, 'latin1') : ''
  return text === '' || text.endsWith('\n')
}

/**
 * No access or ID token of Cognito lives longer than a day, and `clockTolerance` is ten minutes at most. In Redis every entry has an
 * end.
 */
const longestLifeMs = 24 * 3_600_000 + 600_000

/** The client is loaded only here. */
async function shareEntry(
  { server, prefix }: Extract<Target, { kind: 'redis' }>,
  { until, ...entry }: DenyEntry,
  now: number,
): Promise<string> {
  const ending = { ...entry, until: Number.isFinite(until) ? until : now + longestLifeMs }
  const { RedisConnection } = await import('../../redis/connection.ts')
  const { SharedList } = await import('../../redis/revocations/shared-list.ts')
  const { protocol, host } = new URL(server.url)
  const redis = new RedisConnection(server, { onState: () => undefined })
  try {
    const heard = await new SharedList(redis, prefix).add(ending, now)
    return `${protocol}//${host}: ${writeEntry(ending)}\nheard by ${heard} ${heard === 1 ? 'process' : 'processes'}\n`
  } catch (error) {
    throw new FaultError(`revoke: ${protocol}//${host}: ${(error as Error).message}`)
  } finally {
    redis.close()
  }
}
