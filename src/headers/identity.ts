/**
 * Who is calling, as the upstream learns it: one table, compiled at start. What it may set is by construction what it
 * strips from every request, in every spelling an application could take for the same header.
 */
import type { Config } from '../config/config.ts'
import type { Verified } from '../tokens/verified.ts'
import { encodeClaim } from './encode.ts'
import { headerLine } from './lines.ts'
import type { IdentityHeader } from './presets.ts'
import { identityFamilies, presets } from './presets.ts'

export interface IdentityTable {
  /** Is this incoming name, in canonical form, ours alone to set? */
  readonly owns: (canonicalName: string) => boolean
  /** Header lines; written once for each verified token. */
  readonly linesFor: (caller: Verified) => string
}

/** CGI, WSGI, Rack and PHP read `X_User_Sub` and `X.User.Sub` as the header `X-User-Sub`. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

export function compileIdentity(config: Config['identityHeaders']): IdentityTable {
  const chosen: readonly IdentityHeader[] =
    config.set?.map(({ claim, ...header }) => ({ ...header, claims: [claim] })) ?? presets[config.preset]
  const table = chosen.filter(({ token }) => config.passToken || !token)
  const names = new Set([...Object.values(presets).flat(), ...table].map(({ name }) => canonicalName(name)))
  const prefixes = [...identityFamilies, ...config.stripPrefixes.map(canonicalName)]
  const written = new WeakMap<Verified, string>()
  return {
    owns: (name) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix)),
    linesFor(caller) {
      const known = written.get(caller)
      if (known !== undefined) return known
      const lines = table.map((header) => writeHeader(header, caller)).join('')
      written.set(caller, lines)
      return lines
    },
  }
}

function writeHeader(header: IdentityHeader, caller: Verified): string {
  if (header.token) return headerLine(header.name, caller.token)
  const claim = header.claims.map((name) => caller.claims[name]).find((value) => value !== undefined)
  const value = encodeClaim(claim, header)
  return value === undefined ? '' : headerLine(header.name, value)
}
