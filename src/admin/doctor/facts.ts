/**
 * What `cogate doctor` knows of a user pool, in the words of the AWS SDK. A part that is undefined could not be read.
 */
import type {
  DomainDescriptionType,
  GetUserPoolMfaConfigResponse,
  UserPoolClientType,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider'

export interface PoolFacts {
  readonly id: string
  readonly pool: UserPoolType
  readonly mfa?: GetUserPoolMfaConfigResponse | undefined
  /** Without their secrets: `hasSecret` says whether there is one. */
  readonly clients?: readonly ClientFacts[] | undefined
  readonly groups?: readonly string[] | undefined
  /** As tokens have them: `identifier/scope`. */
  readonly scopes?: readonly string[] | undefined
  readonly domains?: readonly DomainDescriptionType[] | undefined
  /** Ids of the clients that have pages of managed login. */
  readonly branded?: ReadonlySet<string> | undefined
  readonly users?: UserSample | undefined
  /** Calls that were refused: names of IAM actions. */
  readonly denied: readonly string[]
}

export interface ClientFacts extends Omit<UserPoolClientType, 'ClientSecret'> {
  readonly hasSecret: boolean
}

export interface UserSample {
  readonly looked: number
  /** Every user was looked at. */
  readonly complete: boolean
  /** Names of users whose phone number cannot be called. */
  readonly badPhones: readonly string[]
  /** Nothing has changed at them for a year. */
  readonly stale: number
  readonly unconfirmed: number
}
