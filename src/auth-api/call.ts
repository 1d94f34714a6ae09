/**
 * One call of an operation: what it is given, and what it may answer. Every operation is a function of a call and of a body that
 * was checked.
 */
import type { AuthApiConfig } from '../config/auth-api.ts'
import type { LoginAnswer, LoginRequest } from '../login/answer.ts'
import { cookieLines, problem } from '../login/answer.ts'
import type { Tokens } from '../login/oauth/cognito.ts'
import type { ApiOutput, CognitoApi } from '../login/oauth/cognito-api.ts'
import type { Sealer } from '../login/session/seal.ts'
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import type { IdentityPool } from './aws/identity-pool.ts'
import type { Throttle } from './throttle.ts'

export interface AuthApiParts {
  readonly settings: AuthApiConfig
  readonly api: CognitoApi
  readonly throttle: Throttle
  readonly sealer: Sealer
  readonly keeper: Keeper
  /** What authenticator apps call this site. */
  readonly totpIssuer: string
  /** Undefined: there are no AWS credentials. */
  readonly identityPool: IdentityPool | undefined
}

export interface AuthCall extends AuthApiParts {
  readonly request: LoginRequest
  /** The address of the caller, as trusted proxies report it; undefined without a connection. */
  readonly address: string | undefined
  /** The same, or the /64 of an IPv6 address. */
  readonly network: string
}

/** Somebody who has signed in. */
export interface SignedIn {
  readonly accessToken: string
  /** Where the session keeps it. */
  readonly idToken: string | undefined
  readonly subject: string
  /** Values of Set-Cookie for the answer. */
  readonly cookies: readonly string[]
  readonly facts: object
}

/** Where the tokens of a sign-in are: in a session cookie, or with the caller. */
export interface Keeper {
  /** What binds a challenge to its browser. */
  bind(request: LoginRequest): { readonly binding: string; readonly cookies: readonly string[] }
  /** The end of a sign-in. */
  keep(request: LoginRequest, tokens: Tokens): Promise<LoginAnswer>
  /** A refusal where nobody has signed in. */
  open(request: LoginRequest): Promise<SignedIn | LoginAnswer>
  refresh(request: LoginRequest, refreshToken: string | undefined): Promise<LoginAnswer>
  signOut(request: LoginRequest, wish: SignOutWish): Promise<LoginAnswer>
}

export interface SignOutWish {
  readonly everywhere: boolean
  readonly refreshToken: string | undefined
}

export function isSignedIn(found: SignedIn | LoginAnswer): found is SignedIn {
  return 'accessToken' in found
}

/** Cognito did it. */
export interface Done {
  readonly output: ApiOutput
}

export function isDone(result: Done | LoginAnswer): result is Done {
  return 'output' in result
}

const noStore = ['Cache-Control', 'no-store']

export function json(status: number, body: object, cookies: readonly string[] = []): LoginAnswer {
  const headers = ['Content-Type', 'application/json', ...noStore, ...cookieLines(cookies)]
  return { status, headers, body: JSON.stringify(body) }
}

export function empty(status: 202 | 204, cookies: readonly string[] = []): LoginAnswer {
  return { status, headers: [...noStore, ...cookieLines(cookies)], body: '' }
}

export function refuse(reason: Reason, headers: readonly string[] = []): LoginAnswer {
  return problem(reason, reasons[reason].status, headers)
}

export function tooMany(seconds: number): LoginAnswer {
  return refuse('too_many_attempts', ['Retry-After', String(seconds)])
}
