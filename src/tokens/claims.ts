/**
 * The claims of a Cognito token and their types. A type check is not a verification: only `verifyToken` verifies.
 */

/** Any JSON value: a pre-token-generation trigger of the user pool may add such claims. */
export type ClaimValue =
  | string
  | number
  | boolean
  | null
  | readonly ClaimValue[]
  | { readonly [name: string]: ClaimValue }

/** Cognito developer guide, "Understanding the access token" and "Understanding the identity (ID) token". */
export interface Claims {
  readonly sub: string
  readonly iss: string
  readonly token_use: string
  /** Seconds since the epoch. */
  readonly exp: number
  readonly nbf?: number
  readonly iat?: number
  readonly client_id?: string
  readonly aud?: string | readonly string[]
  readonly scope?: string
  readonly username?: string
  readonly 'cognito:username'?: string
  readonly 'cognito:groups'?: readonly string[]
  readonly [name: string]: ClaimValue | undefined
}

/** 9999-12-31T23:59:59Z in seconds. A later time is refused, because it would break date formatting. */
const latestTime = 253_402_300_799

const optional = (check: (value: unknown) => boolean) => (value: unknown) => value === undefined || check(value)
const isString = (value: unknown): boolean => typeof value === 'string'
const isTime = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= latestTime
const isStringList = (value: unknown): boolean => Array.isArray(value) && value.every(isString)

const shapes = {
  sub: (value: unknown) => isString(value) && value !== '',
  iss: isString,
  token_use: isString,
  exp: isTime,
  nbf: optional(isTime),
  iat: optional(isTime),
  client_id: optional(isString),
  aud: optional((value) => isString(value) || isStringList(value)),
  scope: optional(isString),
  username: optional(isString),
  'cognito:username': optional(isString),
  'cognito:groups': optional(isStringList),
} satisfies Record<string, (value: unknown) => boolean>

const shapeChecks = Object.entries(shapes)

/**
 * Returns undefined when a claim that cogate reads does not have the type that Cognito gives it, or when claims
 * nest too deeply.
 */
export function readClaims(payload: Readonly<Record<string, unknown>>): Claims | undefined {
  if (!shapeChecks.every(([name, isValid]) => isValid(payload[name]))) return undefined
  return nestsWithin(payload, deepestClaim) ? (payload as Claims) : undefined
}

/** Levels of nesting: far more than a trigger adds, far fewer than would overflow the stack. */
const deepestClaim = 32

function nestsWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((member) => nestsWithin(member, levels - 1))
}

/** JSON of ES2027, which Node.js has and the types do not: the text of a number as it was parsed, and as it is written. */
const json = JSON as unknown as {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}

/** A number that may lose digits: more than 15 of them, a point, an exponent, or a sign at zero. */
const riskyNumber = /[:,[]\s*(?:-0|-?\d{16}|-?\d+[.eE])/

/**
 * The claims with every number written as the token has it: JavaScript would write 1147953659032899585 as
 * 1147953659032899600, and two tenants would become one. Numbers are objects of `JSON.rawJSON` then, which only
 * `JSON.stringify` understands: use these claims for writing, never for a decision. `text` is their JSON.
 */
export function withDigits(text: string, claims: Claims): Claims {
  return riskyNumber.test(text) ? (json.parse(text, keepDigits) as Claims) : claims
}

function keepDigits(_name: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return source === undefined || typeof value !== 'number' || String(value) === source ? value : json.rawJSON(source)
}

/**
 * The texts of a claim, of claims `withDigits`: of a list those of its elements. Objects, null and lists in lists have none.
 */
export function textsOf(value: ClaimValue | undefined): readonly string[] {
  return (Array.isArray(value) ? value : [value]).flatMap(textOf)
}

function textOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'boolean' || typeof value === 'number') return [String(value)]
  return json.isRawJSON(value) ? [JSON.stringify(value)] : []
}

/** Cognito writes `true` as a truth value into tokens, and as text into what triggers and other issuers copy. */
export function withoutUnverified(claims: Claims): Claims {
  const { email, email_verified: verified } = claims
  return email === undefined || verified === true || verified === 'true' ? claims : { ...claims, email: undefined }
}

/** A token of client credentials: the app client is its own subject, and there is no user. */
export function isMachine({ token_use, sub, client_id, username }: Claims): boolean {
  return token_use !== 'id' && sub === client_id && username === undefined
}

/** Empty when the token has none. */
export function scopes(claims: Claims): readonly string[] {
  return claims.scope === undefined ? [] : claims.scope.split(' ').filter((scope) => scope !== '')
}

/** Empty when the token has none. */
export function groups(claims: Claims): readonly string[] {
  return claims['cognito:groups'] ?? []
}

/** The app client: `client_id` of an access token, `aud` of an ID token. Empty when the token names none. */
export function clientId(claims: Claims): string {
  const client = claims.token_use === 'id' ? claims.aud : claims.client_id
  return typeof client === 'string' ? client : ''
}
