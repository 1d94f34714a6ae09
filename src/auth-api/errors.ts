/**
 * From an error of Cognito to a reason of ours. By operation, because Cognito says the same of different mistakes, and because
 * nobody may learn from the answer who has an account.
 */
import { ApiError } from '../login/oauth/cognito-api.ts'
import type { Reason } from '../reasons.ts'

/** What an operation is about, for its errors. */
export type ErrorGroup =
  | 'sign-in'
  | 'challenge'
  | 'code'
  | 'send'
  | 'sign-up'
  | 'password'
  | 'account'
  | 'sign-out'
  | 'identity'

/** `accepted`: the answer is that of success. */
export type Outcome = Reason | 'accepted'

type Table = Readonly<Record<string, Outcome>>

const codes = {
  CodeMismatch: 'code_invalid',
  ExpiredCode: 'code_invalid',
  EnableSoftwareTokenMFA: 'code_invalid',
} as const

/** In every operation, unless its own table says otherwise. */
const common: Table = {
  ...codes,
  InvalidPassword: 'password_policy',
  PasswordHistoryPolicyViolation: 'password_policy',
  InvalidParameter: 'request_invalid',
  UserLambdaValidation: 'rejected_by_pool',
  NotAuthorized: 'rejected_by_pool',
  UserNotFound: 'rejected_by_pool',
  LimitExceeded: 'too_many_attempts',
  TooManyFailedAttempts: 'too_many_attempts',
  TooManyRequests: 'busy',
  Forbidden: 'blocked',
  FeatureUnavailableInTier: 'misconfigured',
  ResourceNotFound: 'misconfigured',
  InvalidSmsRoleAccessPolicy: 'misconfigured',
  InvalidSmsRoleTrustRelationship: 'misconfigured',
  InvalidEmailRoleAccessPolicy: 'misconfigured',
  InvalidUserPoolConfiguration: 'misconfigured',
  SoftwareTokenMFANotFound: 'rejected_by_pool',
  UnsupportedOperation: 'misconfigured',
  Unauthorized: 'misconfigured',
  ConcurrentModification: 'busy',
}

const groups: Readonly<Record<ErrorGroup, Table>> = {
  'sign-in': { NotAuthorized: 'invalid_credentials', UserNotFound: 'invalid_credentials' },
  challenge: {
    NotAuthorized: 'challenge_expired',
    UserNotFound: 'challenge_expired',
    MFAMethodNotFound: 'challenge_expired',
  },
  code: { UserNotFound: 'code_invalid', NotAuthorized: 'code_invalid', AliasExists: 'code_invalid' },
  send: {
    UserNotFound: 'accepted',
    InvalidParameter: 'accepted',
    CodeDeliveryFailure: 'accepted',
    LimitExceeded: 'accepted',
    NotAuthorized: 'accepted',
    UserNotConfirmed: 'accepted',
  },
  'sign-up': { UsernameExists: 'accepted', AliasExists: 'accepted', CodeDeliveryFailure: 'accepted' },
  password: { NotAuthorized: 'invalid_credentials' },
  account: {
    NotAuthorized: 'session_expired',
    UserNotFound: 'session_expired',
    RefreshTokenReuse: 'session_expired',
  },
  // A refresh token of another app client.
  'sign-out': {
    NotAuthorized: 'session_expired',
    Unauthorized: 'request_invalid',
    UnsupportedTokenType: 'request_invalid',
  },
  // The user has signed in, and the token is fresh: the identity pool does not know this user pool, or has no role for it.
  identity: {
    NotAuthorized: 'misconfigured',
    InvalidParameter: 'misconfigured',
    InvalidIdentityPoolConfiguration: 'misconfigured',
    LimitExceeded: 'busy',
    ResourceConflict: 'busy',
  },
}

/** These say that the user exists: shown with `authApi.reveal` only. */
const revealing: Table = {
  PasswordResetRequired: 'reset_required',
  UserNotConfirmed: 'confirmation_required',
  UsernameExists: 'username_exists',
}

/** Without it: what Cognito says of users who exist alone, because a limit of theirs is reached or a message to them failed. */
const hiddenIn: Partial<Readonly<Record<ErrorGroup, Table>>> = {
  'sign-in': { LimitExceeded: 'invalid_credentials', TooManyFailedAttempts: 'invalid_credentials' },
  code: {
    LimitExceeded: 'code_invalid',
    TooManyFailedAttempts: 'code_invalid',
    UserNotConfirmed: 'code_invalid',
    PasswordResetRequired: 'code_invalid',
  },
  send: {
    UserLambdaValidation: 'accepted',
    UnexpectedLambda: 'accepted',
    InvalidLambdaResponse: 'accepted',
    InvalidSmsRoleAccessPolicy: 'accepted',
    InvalidSmsRoleTrustRelationship: 'accepted',
    InvalidEmailRoleAccessPolicy: 'accepted',
  },
}
const hidden: Table = { PasswordResetRequired: 'invalid_credentials', UserNotConfirmed: 'invalid_credentials' }

/** Rethrows what is no error of Cognito. */
export function outcomeOf(error: unknown, group: ErrorGroup, reveal: boolean): Outcome {
  if (!(error instanceof ApiError)) throw error
  const { type, isClientFault } = error
  if (isClientFault) return 'misconfigured'
  const tables = [reveal ? revealing : hiddenIn[group], groups[group], hidden, common]
  const table = tables.find((one) => one !== undefined && Object.hasOwn(one, type))
  // What is not in the tables is a fault of the pool or of a trigger: InternalError, UnexpectedLambda, Timeout.
  return table?.[type] ?? 'pool_unavailable'
}
