/**
 * The identity headers: one table, compiled at start. A header that the table can set is always stripped from requests
 * too, in every spelling that an application could take for the same header.
 */
import type { Config } from '../config/config.ts'
import type { Claims } from '../tokens/claims.ts'
import { withoutUnverified } from '../tokens/claims.ts'
import type { CallerNames, Verified } from '../tokens/verified.ts'
import { encodeClaim } from './encode.ts'
import { isOfFamily } from './families.ts'
import type { HeaderPair } from './lines.ts'
import { headerLine, readLines } from './lines.ts'
import { canonicalName } from './names.ts'
import type { IdentityHeader } from './presets.ts'
import { presets } from './presets.ts'

export interface IdentityTable {
  /** The headers that a verified token may set, a signed identity among them. */
  readonly names: readonly string[]
  /** These, and those that are not sent with this configuration: a proxy that asks must overwrite them too. */
  readonly overwritten: readonly string[]
  /** Whether only the gate may set this header. Takes the canonical form of a name. */
  readonly owns: (canonicalName: string) => boolean
  /** The header lines of a verified token, written once: every request of the caller sends the same. */
  readonly linesFor: (token: string, claims: Claims, pool?: string) => string
  /** What a signed identity says besides the rights of the caller. */
  readonly namesFor: (claims: Claims) => CallerNames
  /** Several pools are configured, and the service cannot tell `alice` of one from `alice` of another. */
  readonly mergesPools: boolean
}

interface Surroundings {
  readonly hasSeveralPools?: boolean
  /** Further headers that only the gate may set: they hold the signed identity. */
  readonly signed?: readonly string[]
}

export function compileIdentity(
  config: Config['identityHeaders'],
  { hasSeveralPools = false, signed = [] }: Surroundings = {},
): IdentityTable {
  const chosen: readonly IdentityHeader[] =
    config.set?.map(({ claim, ...header }) => ({ ...header, claims: [claim] })) ?? presets[config.preset]
  const table = chosen.filter(({ token, pool }) => (config.passToken || !token) && (hasSeveralPools || !pool))
  const known = [...Object.values(presets).flat(), ...table].map(({ name }) => name)
  const names = new Set([...known, ...signed].map(canonicalName))
  const prefixes = config.stripPrefixes.map(canonicalName)
  const believe = config.unverifiedEmail === 'send' ? (claims: Claims) => claims : withoutUnverified
  return {
    names: [...table.map(({ name }) => name), ...signed],
    overwritten: [...chosen.map(({ name }) => name), ...signed],
    owns: (name) => names.has(name) || isOfFamily(name) || prefixes.some((prefix) => name.startsWith(prefix)),
    linesFor: (token, claims, pool = '') =>
      table.map((header) => writeHeader(header, { token, claims: believe(claims), pool })).join(''),
    namesFor: (claims) => readNames(believe(claims)),
    mergesPools: hasSeveralPools && namesUsers(table) && !table.some(tellsPool),
  }
}

function readNames({ iss, username, email, 'cognito:username': ofIdToken }: Claims): CallerNames {
  return { issuer: iss, username: username ?? ofIdToken, email: typeof email === 'string' ? email : undefined }
}

/** Claims that a user of any pool may have: two users with the same one are not the same user. */
const userNames: ReadonlySet<string> = new Set([
  'cognito:username',
  'email',
  'name',
  'nickname',
  'phone_number',
  'preferred_username',
  'username',
])

function namesUsers(table: readonly IdentityHeader[]): boolean {
  return table.some(({ claims }) => claims.some((claim) => userNames.has(claim)))
}

/** No two pools have users with the same `sub`. */
function tellsPool({ token, pool, claims: [claim] }: IdentityHeader): boolean {
  return token === true || pool === true || claim === 'sub' || claim === 'iss'
}

interface Caller {
  readonly token: string
  readonly claims: Claims
  readonly pool: string
}

function writeHeader(header: IdentityHeader, { token, claims, pool }: Caller): string {
  if (header.token) return headerLine(header.name, token)
  return header.pool ? headerLine(header.name, pool) : claimLine(header, claims)
}

/**
 * The identity of a caller as names and values, for code that sends it in another form than header lines. It is read
 * from the finished lines: pairs beside them would make every cached token a fifth larger, or more (ADR 0013).
 */
export function identityPairs({ identityLines }: Pick<Verified, 'identityLines'>): readonly HeaderPair[] {
  return readLines(identityLines)
}

/** The first claim that has text counts. */
function claimLine(header: IdentityHeader, claims: Claims): string {
  for (const name of header.claims) {
    const value = encodeClaim(claims[name], header)
    if (value !== undefined) return headerLine(header.name, value)
  }
  return ''
}
