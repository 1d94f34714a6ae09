/**
 * pino, and the one access line a request. Never a token, a query string or a header; the caller's `sub` only as the
 * configuration allows.
 */
import { hash } from 'node:crypto'
import type { DestinationStream, Logger } from 'pino'
import { pino } from 'pino'
import type { Config } from './config/config.ts'
import { subject } from './tokens/claims.ts'
import type { Verified } from './tokens/verified.ts'

export type { Logger } from 'pino'

/** A net below the rule that secrets are not passed to the logger at all. */
const secretPaths = ['authorization', 'cookie', 'token', 'password', 'clientSecret', 'refreshToken'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])

export function createLogger(config: Config['log'], destination?: DestinationStream): Logger {
  const options = {
    level: config.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[redacted]' },
  }
  return destination ? pino(options, destination) : pino(options)
}

/** What the access line says of the caller: nothing, the subject, or a hash that is the same on every replica. */
export function describeSubject(caller: Verified, mode: Config['log']['subject']): string | undefined {
  if (mode === 'none') return undefined
  const plain = subject(caller.claims)
  return mode === 'plain' ? plain : hash('sha256', plain, 'hex').slice(0, 16)
}
