/**
 * The AWS SDK for user pools: loaded when an administrator asks for it, and never by a gate. Its errors become one line each.
 */
import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider'
import { FaultError } from '../errors.ts'
import { printable } from './printable.ts'

const packageName = '@aws-sdk/client-cognito-identity-provider'

/** Of the environment: HTTPS_PROXY, NO_PROXY and the like; Node.js reads them as it does for its own clients. */
export type ProxyVariables = Readonly<Record<string, string | undefined>>

/** Called with the credentials of the AWS SDK. Throttled calls are tried again, slower. */
export type Cognito = CognitoIdentityProvider

const attempts = 8

/** Throws FaultError when the package is not installed. */
export async function openCognito(poolId: string, proxyEnv: ProxyVariables): Promise<Cognito> {
  const { CognitoIdentityProvider } = await loadSdk()
  return new CognitoIdentityProvider({
    region: regionOf(poolId),
    maxAttempts: attempts,
    retryMode: 'adaptive',
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 30_000, httpsAgent: { proxyEnv, maxSockets: 4 } },
  })
}

async function loadSdk() {
  try {
    return await import('@aws-sdk/client-cognito-identity-provider')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new FaultError(
      `the AWS SDK is not installed here. Get it with: npm install --global ${packageName} (without --global in the folder of a cogate that is not global)`,
    )
  }
}

/** The region is the part of the id before the underscore. */
export function regionOf(poolId: string): string {
  return poolId.slice(0, poolId.indexOf('_'))
}

/** As aws-jwt-verify has it. */
export function isPoolId(text: string): boolean {
  return /^(?:eusc-[a-z]{2}|[a-z]{2})-(?:gov-)?[a-z]+-\d_[a-zA-Z0-9]+$/.test(text)
}

/** What a call that failed says of itself. */
export interface CallFailure {
  /** The name of the exception: `AccessDeniedException`, `UserNotFoundException`, … */
  readonly name: string
  readonly message: string
}

export function failureOf(error: unknown): CallFailure {
  const { name = 'Error', message = '' } = error as Partial<Error>
  return { name, message: printable(message) }
}

/** AWS refuses a caller that has no right to the call. */
export function isDenied({ name }: CallFailure): boolean {
  return name === 'AccessDeniedException'
}

/** One line for a person. `action` is the call: `ListUsers`. */
export function toFault(error: unknown, action: string): FaultError {
  if (error instanceof FaultError) return error
  const failure = failureOf(error)
  return new FaultError(`${action}: ${failure.name}: ${failure.message}${adviceOn(failure, action)}`)
}

function adviceOn(failure: CallFailure, action: string): string {
  if (isDenied(failure)) return ` (the caller needs the permission cognito-idp:${action})`
  if (failure.name === 'CredentialsProviderError')
    return ' (name a profile with AWS_PROFILE, or sign in: aws sso login)'
  if (failure.name === 'ResourceNotFoundException') return ' (are these the credentials of the account of the pool?)'
  return ''
}
