/**
 * Makes tokens: claims exactly as Cognito sends them, signed with RS256. The time is the context's `now()`, never the
 * clock. Nothing here may verify a token.
 */
import { createHash, randomUUID, sign } from 'node:crypto'
import type { Keys, SigningKey } from './keys.ts'

type Claims = Readonly<Record<string, unknown>>

export interface MintContext {
  readonly keys: Keys
  /** The `iss` claim. */
  readonly issuer: string
  readonly clientId: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export interface TokenOptions {
  /** Default: the context's client. */
  readonly clientId?: string | undefined
  /** Default 3600. Zero or less mints a token issued an hour before it expired. */
  readonly expiresInSeconds?: number | undefined
  readonly scope?: string | undefined
  /** Replaces or adds claims; a claim given as `undefined` is left out. */
  readonly claims?: Claims | undefined
  /** Replaces or adds header parameters likewise. The signature is RS256 whatever `alg` says. */
  readonly header?: Claims | undefined
}

export interface UserTokenOptions extends TokenOptions {
  /** Default `alice`. */
  readonly username?: string | undefined
  /** Default: a UUID derived from the username, so that one user keeps one subject. */
  readonly sub?: string | undefined
  /** `cognito:groups` is left out when empty, as Cognito does. */
  readonly groups?: readonly string[] | undefined
}

export interface IdTokenOptions extends UserTokenOptions {
  /** Default `<username>@example.com`. */
  readonly email?: string | undefined
}

/** The only scope of a token from the API sign-in (`InitiateAuth`); such a token has no `version`. */
export const API_SIGN_IN_SCOPE = 'aws.cognito.signin.user.admin'

const DEFAULT_EXPIRES_IN_SECONDS = 3600
const DEFAULT_USERNAME = 'alice'

export function mintAccessToken(context: MintContext, options: UserTokenOptions = {}): string {
  const scope = options.scope ?? 'openid profile email'
  const { iss, auth_time, exp, iat, jti } = commonClaims(context, options)
  const claims = {
    ...userClaims(options),
    iss,
    version: scope === API_SIGN_IN_SCOPE ? undefined : 2,
    client_id: options.clientId ?? context.clientId,
    origin_jti: randomUUID(),
    event_id: randomUUID(),
    token_use: 'access',
    scope,
    auth_time,
    exp,
    iat,
    jti,
    username: options.username ?? DEFAULT_USERNAME,
    ...options.claims,
  }
  return mintToken(context.keys.current('access'), claims, options.header)
}

export function mintIdToken(context: MintContext, options: IdTokenOptions = {}): string {
  const username = options.username ?? DEFAULT_USERNAME
  const { iss, auth_time, exp, iat, jti } = commonClaims(context, options)
  const claims = {
    ...userClaims(options),
    email_verified: true,
    iss,
    'cognito:username': username,
    origin_jti: randomUUID(),
    aud: options.clientId ?? context.clientId,
    event_id: randomUUID(),
    token_use: 'id',
    auth_time,
    exp,
    iat,
    jti,
    email: options.email ?? `${username}@example.com`,
    ...options.claims,
  }
  return mintToken(context.keys.current('id'), claims, options.header)
}

/** A client_credentials access token: the client is its own subject, and there is no user. */
export function mintM2mToken(context: MintContext, options: TokenOptions = {}): string {
  const clientId = options.clientId ?? context.clientId
  const { iss, auth_time, exp, iat, jti } = commonClaims(context, options)
  const claims = {
    sub: clientId,
    token_use: 'access',
    scope: options.scope ?? 'api/read',
    auth_time,
    iss,
    exp,
    iat,
    version: 2,
    jti,
    client_id: clientId,
    ...options.claims,
  }
  return mintToken(context.keys.current('access'), claims, options.header)
}

/** Signs any claims, whatever they say; members that are `undefined` are left out of claims and header. */
export function mintToken(key: SigningKey, claims: Claims, header: Claims = {}): string {
  const signingInput = `${encode({ kid: key.kid, alg: 'RS256', ...header })}.${encode(claims)}`
  return `${signingInput}.${sign('sha256', Buffer.from(signingInput), key.privateKey).toString('base64url')}`
}

/** The token with one more group in its payload and the same signature, as a forger would send it. */
export function tamper(token: string): string {
  const [header, payload, signature] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined) throw new TypeError('not a JWT')
  const claims: Record<string, unknown> = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const groups = Array.isArray(claims['cognito:groups']) ? claims['cognito:groups'] : []
  return `${header}.${encode({ ...claims, 'cognito:groups': [...groups, 'admin'] })}.${signature}`
}

function userClaims(options: UserTokenOptions): Claims {
  const { username = DEFAULT_USERNAME, sub = deriveSubject(username), groups = [] } = options
  return { sub, 'cognito:groups': groups.length > 0 ? groups : undefined }
}

interface CommonClaims {
  readonly iss: string
  readonly auth_time: number
  readonly exp: number
  readonly iat: number
  readonly jti: string
}

function commonClaims({ issuer, now }: MintContext, options: TokenOptions): CommonClaims {
  const { expiresInSeconds = DEFAULT_EXPIRES_IN_SECONDS } = options
  const nowSeconds = Math.floor(now() / 1000)
  const exp = nowSeconds + expiresInSeconds
  // Cognito never makes a token whose `exp` is before its `iat`, so one that has expired was also issued earlier.
  const iat = expiresInSeconds > 0 ? nowSeconds : exp - DEFAULT_EXPIRES_IN_SECONDS
  return { iss: issuer, auth_time: iat, exp, iat, jti: randomUUID() }
}

/** One user keeps one subject, in whatever way the token is made. */
export function deriveSubject(username: string): string {
  const hex = createHash('sha256').update(username).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

function encode(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
