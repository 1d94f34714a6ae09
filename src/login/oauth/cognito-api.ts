/**
 * Calls of Cognito's JSON APIs that need no AWS credentials: user pools and identity pools (Amazon Cognito API references). Never
 * retries, and never keeps what was sent: an error holds the type that Cognito names and nothing of its text.
 */
import { createHmac } from 'node:crypto'
import type { Egress } from '../../outgoing.ts'
import type { CallResult, Cognito, Tokens } from './cognito.ts'
import { CognitoError } from './cognito.ts'
import { fetchAnswer } from './fetch-answer.ts'

export type ApiOperation =
  | 'SignUp'
  | 'ConfirmSignUp'
  | 'ResendConfirmationCode'
  | 'InitiateAuth'
  | 'RespondToAuthChallenge'
  | 'AssociateSoftwareToken'
  | 'VerifySoftwareToken'
  | 'SetUserMFAPreference'
  | 'GetTokensFromRefreshToken'
  | 'ForgotPassword'
  | 'ConfirmForgotPassword'
  | 'ChangePassword'
  | 'RevokeToken'
  | 'GlobalSignOut'
  | 'GetId'
  | 'GetCredentialsForIdentity'

export interface CognitoApiOptions {
  /** An origin. Plain http is for loopback only, which the configuration has checked. */
  readonly endpoint: string
  readonly clientId: string
  readonly clientSecret?: string | undefined
  /** Default: that of user pools. */
  readonly service?: keyof typeof services
  readonly timeoutMs: number
  readonly egress?: Egress
  /** `fault` is the type of an error that whoever runs the pool or the gate has to mend. */
  readonly onCall: (operation: ApiOperation, result: CallResult, fault?: string) => void
}

export type ApiInput = Readonly<Record<string, unknown>>
export type ApiOutput = Readonly<Record<string, unknown>>

/** Why a call failed. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** As Cognito names it, without `Exception`: `NotAuthorized`. `Timeout`: there was no answer, or none that can be read. */
  readonly type: string
  /** The app client is wrong: its secret, or that it has one. */
  readonly isClientFault: boolean

  constructor(type: string, { isClientFault = false, cause }: { isClientFault?: boolean; cause?: unknown } = {}) {
    super(type, { cause })
    this.type = type
    this.isClientFault = isClientFault
  }
}

export interface CognitoApi {
  readonly clientId: string
  readonly clientSecret: string | undefined
  /** Throws ApiError. */
  call(operation: ApiOperation, input: ApiInput): Promise<ApiOutput>
  /** The `SECRET_HASH` of a user name; undefined for a client without a secret. */
  secretHash(username: string): string | undefined
}

const services = {
  userPool: 'AWSCognitoIdentityProviderService',
  identityPool: 'AWSCognitoIdentityService',
} as const

/** Calls at once: Cognito has a quota for all callers together. */
const maxRunning = 50

export function connectCognitoApi(options: CognitoApiOptions): CognitoApi {
  const { clientId, clientSecret, onCall } = options
  const running = { count: 0 }
  return {
    clientId,
    clientSecret,
    async call(operation, input) {
      if (running.count >= maxRunning) throw new ApiError('TooManyRequests')
      running.count++
      try {
        const output = await send(options, operation, input)
        onCall(operation, 'ok')
        return output
      } catch (error) {
        const known = error instanceof ApiError ? error : new ApiError('Timeout', { cause: error })
        onCall(operation, brokenTypes.has(known.type) ? 'error' : 'refused', faultOf(known, options))
        throw known
      } finally {
        running.count--
      }
    },
    // Cognito developer guide, "Computing secret hash values".
    secretHash: (username) =>
      clientSecret &&
      createHmac('sha256', clientSecret)
        .update(username + clientId)
        .digest('base64'),
  }
}

/** Undefined for what a caller can cause. */
function faultOf({ type, isClientFault }: ApiError, { service }: CognitoApiOptions): string | undefined {
  if (isClientFault) return 'the secret of the app client'
  // An identity pool is only asked for somebody who has signed in: whatever it refuses, it is not set up for this user pool.
  return isForOperator(type) || service === 'identityPool' ? type : undefined
}

function isForOperator(type: string): boolean {
  return (
    brokenTypes.has(type) || misconfigurations.has(type) || /Role|Lambda(?!Validation)|Tier|Configuration/.test(type)
  )
}

const brokenTypes: ReadonlySet<string> = new Set(['Timeout', 'InternalError', 'TooManyRequests'])

async function send(options: CognitoApiOptions, operation: ApiOperation, input: ApiInput): Promise<ApiOutput> {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `${services[options.service ?? 'userPool']}.${operation}`,
  }
  const request = {
    method: 'POST',
    headers,
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(options.timeoutMs),
  }
  const response = await fetchAnswer(`${options.endpoint}/`, request, options.egress)
  const answer = parse(await response.text())
  if (response.ok && answer !== undefined) return answer
  throw readFault(response.status, answer ?? {})
}

function parse(text: string): ApiOutput | undefined {
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ApiOutput) : undefined
  } catch {
    return undefined
  }
}

/** The one thing that a text tells and no type does. */
const clientFault = /secret/i

/** Some answers name the type behind a prefix and `#`. AWS WAF answers 403 without a type. */
function readFault(status: number, { __type: named, message }: ApiOutput): ApiError {
  const type = /(?:^|#)(\w+?)(?:Exception)?$/.exec(String(named ?? ''))?.[1]
  const isClientFault = type === 'NotAuthorized' && clientFault.test(String(message ?? ''))
  if (type !== undefined && type !== '') return new ApiError(type, { isClientFault })
  if (status === 403) return new ApiError('Forbidden')
  return new ApiError(status === 429 ? 'TooManyRequests' : 'InternalError')
}

/** The tokens of an `AuthenticationResult`; undefined where it holds none. */
export function tokensOf(output: ApiOutput): Tokens | undefined {
  const { AccessToken, IdToken, RefreshToken } = (output['AuthenticationResult'] ?? {}) as ApiOutput
  if (typeof AccessToken !== 'string') return undefined
  return { accessToken: AccessToken, idToken: asText(IdToken), refreshToken: asText(RefreshToken) }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Renews and revokes over the API: it serves sessions of the sign-in pages too, and needs no domain. */
export function tokenCallsOf(api: CognitoApi): Pick<Cognito, 'refresh' | 'revoke'> {
  const { clientId: ClientId, clientSecret: ClientSecret } = api
  return {
    async refresh(RefreshToken) {
      const output = await api
        .call('GetTokensFromRefreshToken', { ClientId, ClientSecret, RefreshToken })
        .catch(rethrow)
      const tokens = tokensOf(output)
      if (tokens === undefined) throw new CognitoError('unavailable', 'no tokens')
      return tokens
    },
    async revoke(Token) {
      await api.call('RevokeToken', { ClientId, ClientSecret, Token }).catch(rethrow)
    },
  }
}

/** The refresh token is no longer good. */
const endings: ReadonlySet<string> = new Set(['NotAuthorized', 'UserNotFound', 'RefreshTokenReuse'])
const misconfigurations: ReadonlySet<string> = new Set(['ResourceNotFound', 'Unauthorized', 'UnsupportedOperation'])

function rethrow(error: unknown): never {
  if (!(error instanceof ApiError)) throw error
  const { type, isClientFault } = error
  const isMine = isClientFault || misconfigurations.has(type)
  throw new CognitoError(isMine ? 'misconfigured' : endings.has(type) ? 'refused' : 'unavailable', type, {
    cause: error,
  })
}
