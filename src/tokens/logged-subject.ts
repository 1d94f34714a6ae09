/**
 * What access lines call a caller, never more than the configuration allows. A hash is the same on every replica and after
 * every restart, so that a user can be followed through the lines without being named.
 */
import { hash } from 'node:crypto'
import type { Config } from '../config/config.ts'

/** Undefined: nothing. */
export function loggedSubject(subject: string, mode: Config['log']['subject']): string | undefined {
  if (mode === 'none') return undefined
  // By way of bytes: part of a hexadecimal text would keep the whole of it, for as long as the token is remembered.
  return mode === 'plain' ? subject : hash('sha256', subject, 'buffer').toString('hex', 0, hashedBytes)
}

const hashedBytes = 8
