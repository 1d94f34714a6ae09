/**
 * The part of `Config` about the JSON auth API, and what follows from it for others.
 */

/** Of the JSON auth API. What is not listed does not exist. */
export const AUTH_OPERATIONS = [
  'signUp',
  'confirm',
  'resend',
  'signIn',
  'challenge',
  'totpAssociate',
  'totpVerify',
  'mfa',
  'refresh',
  'forgot',
  'reset',
  'password',
  'signOut',
  'session',
  'awsCredentials',
] as const
export type AuthOperation = (typeof AUTH_OPERATIONS)[number]

/** At most `requests` calls in each period. */
interface Rate {
  readonly requests: number
  readonly periodMs: number
}

export interface AuthApiConfig {
  /** False: off, whatever is listed. */
  readonly enabled?: boolean
  readonly operations: readonly AuthOperation[]
  /** Where the tokens go: into the session cookie, or to the caller. */
  readonly mode: 'cookie' | 'tokens'
  readonly flow: 'password' | 'choice'
  /** Answers say whether a user exists. */
  readonly reveal: boolean
  readonly allowedOrigins: readonly string[]
  /** An origin; undefined: that of the region of the user pool. */
  readonly endpoint?: string
  /** The identity pool that gives AWS credentials: its region and id. */
  readonly identityPool?: string
  /** An origin; undefined: that of the region of the identity pool. */
  readonly identityEndpoint?: string
  /** A path of the public origin. */
  readonly signInPage?: string
  /** What authenticator apps call this site; undefined: its host. */
  readonly totpIssuer?: string
  readonly minTimeMs: number
  readonly limits: { readonly perAddress: Rate; readonly signUp: Rate; readonly codes: Rate }
}

export function isAuthApiOn({ enabled, operations }: AuthApiConfig): boolean {
  return enabled !== false && operations.length > 0
}

/** Sessions keep their ID token for it. */
export function givesAwsCredentials(authApi: AuthApiConfig): boolean {
  return isAuthApiOn(authApi) && authApi.operations.includes('awsCredentials')
}

interface SessionWays {
  readonly login: { readonly domain?: string }
  readonly authApi: AuthApiConfig
}

/** Browsers have sessions: by the sign-in pages of Cognito, or by the auth API. */
export function hasSessions({ login, authApi }: SessionWays): boolean {
  return login.domain !== undefined || (isAuthApiOn(authApi) && authApi.mode === 'cookie')
}
