/**
 * Tokens that are refused although they verify: by token, sign-in, user or app client. What a token says is looked up once for
 * each state of the list, so that a remembered token costs next to nothing. Must have no timer: `process/` says when to read.
 */

/** What an entry names, as the claims of a Cognito token do. */
const denyNames = ['jti', 'origin_jti', 'sub', 'username', 'client_id'] as const
type DenyName = (typeof denyNames)[number]

/** One line of the list, as JSON: one of the names, and when it counts. */
export interface DenyEntry {
  readonly name: DenyName
  readonly value: string
  /** Only tokens issued before it, in milliseconds since the epoch. Infinity: all. */
  readonly issuedBefore: number
  /** The entry counts until then, in milliseconds since the epoch. Infinity: for ever. */
  readonly until: number
}

interface Judged {
  readonly generation: number
  /** Minus infinity: it is not on the list. */
  readonly deniedUntil: number
}

export class Denylist {
  readonly #read: () => string
  #entries: ReadonlyMap<string, readonly DenyEntry[]> = new Map()
  #size = 0
  #generation = 0
  #loadedAt = 0
  readonly #judged = new WeakMap<object, Judged>()

  /** `read` throws like `readFileSync`. */
  constructor(read: () => string) {
    this.#read = read
  }

  /** Entries that are on the list, those that no longer count included. */
  get size(): number {
    return this.#size
  }

  /** Milliseconds since the epoch; 0 before the first load. */
  get loadedAt(): number {
    return this.#loadedAt
  }

  /** Throws, and keeps the list that it has, where the new one cannot be read or has a line that is no entry. */
  load(now: number): void {
    const entries = parseDenylist(this.#read())
    this.#entries = Map.groupBy(entries, ({ name, value }) => keyOf(name, value))
    this.#size = entries.length
    this.#generation++
    this.#loadedAt = now
  }

  /** Whether a token that verifies is refused all the same. `now` is in milliseconds since the epoch. */
  denies(verified: { readonly token: string }, now: number): boolean {
    if (this.#size === 0) return false
    const known = this.#judged.get(verified)
    if (known?.generation === this.#generation) return now < known.deniedUntil
    const deniedUntil = this.#deniedUntil(payloadOf(verified.token))
    this.#judged.set(verified, { generation: this.#generation, deniedUntil })
    return now < deniedUntil
  }

  #deniedUntil(claims: Claims): number {
    const { iat } = claims
    // Without `iat` nobody knows that it was issued later.
    const issuedAt = typeof iat === 'number' ? iat * 1000 : Number.NEGATIVE_INFINITY
    const found = denyNames.flatMap((name) => valuesOf(claims, name).flatMap((value) => this.#find(name, value)))
    const counting = found.filter(({ issuedBefore }) => issuedAt < issuedBefore)
    return counting.reduce((latest, { until }) => Math.max(latest, until), Number.NEGATIVE_INFINITY)
  }

  #find(name: DenyName, value: string): readonly DenyEntry[] {
    return this.#entries.get(keyOf(name, value)) ?? []
  }
}

function keyOf(name: DenyName, value: string): string {
  return `${name} ${value}`
}

/** An ID token names user and app client under other names. */
function valuesOf(claims: Claims, name: DenyName): readonly string[] {
  const aliases =
    name === 'username' ? [claims['cognito:username']] : name === 'client_id' ? [claims['aud']].flat() : []
  return [claims[name], ...aliases].filter((value) => typeof value === 'string')
}

/** Only for a token that was verified. */
function payloadOf(token: string): Claims {
  const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'))
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims
}

/** Their types were checked by whoever has verified the token. */
type Claims = Readonly<Record<string, unknown>>

/** Empty lines and lines that begin with # say nothing. Throws with the number of the first line that is no entry. */
export function parseDenylist(text: string): readonly DenyEntry[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(?:#|$)/.test(line)) return []
    const entry = readEntry(line)
    if (typeof entry === 'string') throw new Error(`line ${index + 1}: ${entry}`)
    return [entry]
  })
}

/** What is wrong with the line, without what it says. */
function readEntry(line: string): DenyEntry | string {
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
