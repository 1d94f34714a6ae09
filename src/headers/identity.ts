/**
 * Who is calling, as the upstream learns it: one table, compiled at start. What it may set is by construction what it
 * strips from every request, in every spelling an application could take for the same header.
 */
import type { Config } from '../config/config.ts'
import type { Verified } from '../tokens/verified.ts'
import { encodeClaim } from './encode.ts'
import type { IdentityHeader } from './presets.ts'
import { identityFamilies, presets } from './presets.ts'

export interface IdentityTable {
  /** Is this incoming name, in canonical form, ours alone to set? */
  readonly owns: (canonicalName: string) => boolean
  /** Name, value, name, value …; the same array for the same verified token. */
  readonly headersFor: (caller: Verified) => readonly string[]
}

/** CGI, WSGI, Rack and PHP read `X_User_Sub` and `X.User.Sub` as the header `X-User-Sub`. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

export function compileIdentity(config: Config['identityHeaders']): IdentityTable {
  const table: readonly IdentityHeader[] =
    config.set?.map(({ claim, ...header }) => ({ ...header, claims: [claim] })) ?? presets[config.preset]
  const names = new Set([...Object.values(presets).flat(), ...table].map(({ name }) => canonicalName(name)))
  const prefixes = [...identityFamilies, ...config.stripPrefixes.map(canonicalName)]
  const compiled = new WeakMap<Verified, readonly string[]>()
  return {
    owns: (name) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix)),
    headersFor(caller) {
      const known = compiled.get(caller)
      if (known) return known
      const headers = table.flatMap((header) => writeHeader(header, caller))
      compiled.set(caller, headers)
      return headers
    },
  }
}

function writeHeader(header: IdentityHeader, caller: Verified): readonly string[] {
  if (header.token) return [header.name, caller.token]
  const claim = header.claims.map((name) => caller.claims[name]).find((value) => value !== undefined)
  const value = encodeClaim(claim, header)
  return value === undefined ? [] : [header.name, value]
}
