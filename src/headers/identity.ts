/**
 * The identity headers: one table, compiled at start. A header that the table can set is always stripped from requests
 * too, in every spelling that an application could take for the same header.
 */
import type { Config } from '../config/config.ts'
import type { Claims } from '../tokens/claims.ts'
import type { Verified } from '../tokens/verified.ts'
import { encodeClaim } from './encode.ts'
import { isOfFamily } from './families.ts'
import type { HeaderPair } from './lines.ts'
import { headerLine, readLines } from './lines.ts'
import { canonicalName } from './names.ts'
import type { IdentityHeader } from './presets.ts'
import { presets } from './presets.ts'

export interface IdentityTable {
  /** Whether only the gate may set this header. Takes the canonical form of a name. */
  readonly owns: (canonicalName: string) => boolean
  /** The header lines of a verified token, written once: every request of the caller sends the same. */
  readonly linesFor: (token: string, claims: Claims) => string
}

export function compileIdentity(config: Config['identityHeaders']): IdentityTable {
  const chosen: readonly IdentityHeader[] =
    config.set?.map(({ claim, ...header }) => ({ ...header, claims: [claim] })) ?? presets[config.preset]
  const table = chosen.filter(({ token }) => config.passToken || !token)
  const names = new Set([...Object.values(presets).flat(), ...table].map(({ name }) => canonicalName(name)))
  const prefixes = config.stripPrefixes.map(canonicalName)
  return {
    owns: (name) => names.has(name) || isOfFamily(name) || prefixes.some((prefix) => name.startsWith(prefix)),
    linesFor: (token, claims) =>
      table.map((header) => (header.token ? headerLine(header.name, token) : claimLine(header, claims))).join(''),
  }
}

/**
 * The identity of a caller as names and values, for code that sends it in another form than header lines. It is read
 * from the finished lines: pairs beside them would make every cached token a fifth larger, or more (ADR 0013).
 */
export function identityPairs({ identityLines }: Pick<Verified, 'identityLines'>): readonly HeaderPair[] {
  return readLines(identityLines)
}

function claimLine(header: IdentityHeader, claims: Claims): string {
  const present = header.claims.find((name) => claims[name] !== undefined)
  const claim = present === undefined ? undefined : claims[present]
  const value = encodeClaim(claim, header)
  return value === undefined ? '' : headerLine(header.name, value)
}
