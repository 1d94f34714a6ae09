/** The words of `cogate revoke` that say what is revoked, and for how long. */
import { parseDuration } from '../../config/table/units.ts'
import type { DenyEntry } from '../../tokens/revocation/entries.ts'
import { parseEntry } from '../../tokens/revocation/entries.ts'

const names = {
  '--sub': 'sub',
  '--username': 'username',
  '--origin-jti': 'origin_jti',
  '--jti': 'jti',
  '--client-id': 'client_id',
} as const

export const entryFlags = {
  '--sub': 'value',
  '--username': 'value',
  '--origin-jti': 'value',
  '--jti': 'value',
  '--client-id': 'value',
  '--issued-before': 'value',
  '--for': 'value',
} as const

/** A text: what is wrong with the words. `now` in milliseconds since the epoch. */
export function readEntry(given: ReadonlyMap<string, string>, now: number): DenyEntry | string {
  const named = Object.entries(names).filter(([flag]) => given.has(flag))
  const [[flag = '', name = ''] = [], ...more] = named
  const issuedBefore = readTime(given.get('--issued-before'), now)
  const life = given.get('--for')
  const lifeMs = life === undefined ? undefined : parseDuration(life)
  if (named.length === 0 || more.length > 0) return `name one of ${Object.keys(names).join(', ')}`
  if (life !== undefined && lifeMs === undefined) return '--for: expected a duration such as 24h'
  const until = lifeMs === undefined ? undefined : new Date(now + lifeMs).toISOString()
  const misfit = findMisfit(given.get(flag))
  if (misfit !== undefined) return `${flag}: expected ${misfit}`
  const entry = parseEntry(JSON.stringify({ [name]: given.get(flag), issuedBefore, until }))
  return typeof entry === 'string' ? '--issued-before: expected now, or a time such as 2026-11-30T12:00:00Z' : entry
}

/** What would be an entry that revokes nothing, or that shows a token to whoever reads the list. */
function findMisfit(value = ''): string | undefined {
  if (value === '') return 'a text that is not empty'
  if (/eyJ[\w-]*\.[\w-]/.test(value)) return 'a claim of the token, and not the token'
  return value === value.trim() ? undefined : 'a text without blanks around it'
}

/** `now`, or a time that JavaScript can read; what it cannot read is no entry. */
function readTime(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined
  const at = text === 'now' ? now : Date.parse(text)
  return Number.isNaN(at) ? text : new Date(at).toISOString()
}
