/**
 * The entries of a list of revoked tokens, and how a line says one. A line never holds a token.
 */

/** What an entry names, as the claims of a Cognito token do. */
export const denyNames = ['jti', 'origin_jti', 'sub', 'username', 'client_id'] as const
export type DenyName = (typeof denyNames)[number]

/** One line of the list, as JSON: one of the names, and when it counts. */
export interface DenyEntry {
  readonly name: DenyName
  readonly value: string
  /** Only tokens issued before it, in milliseconds since the epoch. Infinity: all. */
  readonly issuedBefore: number
  /** The entry counts until then, in milliseconds since the epoch. Infinity: for ever. */
  readonly until: number
}

/** Empty lines and lines that begin with # say nothing. Throws with the number of the first line that is no entry. */
export function parseDenylist(text: string): readonly DenyEntry[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(?:#|$)/.test(line)) return []
    const entry = parseEntry(line)
    if (typeof entry === 'string') throw new Error(`line ${index + 1}: ${entry}`)
    return [entry]
  })
}

/** What is wrong with the line, without what it says. */
export function parseEntry(line: string): DenyEntry | string {
  const fields = readObject(line)
  if (fields === undefined) return 'no JSON object'
  const { issuedBefore, until, ...named } = fields
  const [[name, value] = [], ...more] = Object.entries(named)
  const known = denyNames.find((each) => each === name)
  if (known === undefined || more.length > 0) return `not one of ${denyNames.join(', ')}`
  if (typeof value !== 'string' || value === '') return `${known} is no text`
  const times = { issuedBefore: readTime(issuedBefore), until: readTime(until) }
  if (Number.isNaN(times.issuedBefore) || Number.isNaN(times.until))
    return 'a time is not written as 2026-11-30T12:00:00Z'
  return { name: known, value, ...times }
}

/** The inverse of `parseEntry`. */
export function writeEntry({ name, value, issuedBefore, until }: DenyEntry): string {
  return JSON.stringify({ [name]: value, issuedBefore: writeTime(issuedBefore), until: writeTime(until) })
}

function writeTime(time: number): string | undefined {
  return time === Number.POSITIVE_INFINITY ? undefined : new Date(time).toISOString()
}

function readObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** RFC 3339 in UTC. */
const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/

function readTime(value: unknown): number {
  if (value === undefined) return Number.POSITIVE_INFINITY
  return typeof value === 'string' && timeForm.test(value) ? Date.parse(value) : Number.NaN
}
