/**
 * AWS credentials of an identity pool, for the ID token of somebody who has signed in (Amazon Cognito identity pools API
 * reference, GetId and GetCredentialsForIdentity). Keeps ids of identities, and never a credential.
 */
import { LRUCache } from 'lru-cache'
import type { ApiOutput, CognitoApi } from '../../login/oauth/cognito-api.ts'
import { ApiError } from '../../login/oauth/cognito-api.ts'
import { payloadOf } from '../../login/oauth/verify-tokens.ts'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** ISO 8601. */
  readonly expiration: string
  readonly identityId: string
  readonly region: string
}

export interface IdentityPool {
  /** Of a token that was verified. Undefined: the answer holds none. Throws ApiError. */
  credentialsOf(idToken: string): Promise<AwsCredentials | undefined>
}

/** An identity is the same at every sign-in of its user, and AWS allows few calls that ask for it. */
const knownIdentities = { max: 10_000, ttl: 3_600_000 }

export function connectIdentityPool(identityPool: string, api: CognitoApi): IdentityPool {
  const identities = new LRUCache<string, string>(knownIdentities)
  const [region = ''] = identityPool.split(':')
  return {
    async credentialsOf(idToken) {
      const { iss, sub } = payloadOf(idToken)
      const logins = { [String(iss).replace(/^https?:\/\//, '')]: idToken }
      const user = `${iss} ${sub}`
      const ask = async (known?: string): Promise<AwsCredentials | undefined> => {
        const identityId = known ?? (await askIdentity(api, { IdentityPoolId: identityPool, Logins: logins }))
        if (identityId === undefined) return undefined
        const output = await api.call('GetCredentialsForIdentity', { IdentityId: identityId, Logins: logins })
        identities.set(user, identityId)
        return readCredentials(output, { identityId, region })
      }
      const known = identities.get(user)
      if (known === undefined) return ask()
      return ask(known).catch((error: unknown) => {
        if (!isGone(error)) throw error
        identities.delete(user)
        return ask()
      })
    },
  }
}

/** An administrator may delete an identity. */
function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.type === 'ResourceNotFound'
}

async function askIdentity(api: CognitoApi, input: object): Promise<string | undefined> {
  const { IdentityId: id } = await api.call('GetId', { ...input })
  return typeof id === 'string' ? id : undefined
}

/** `Expiration` is in seconds since the epoch. */
function readCredentials(
  { Credentials: found }: ApiOutput,
  place: Pick<AwsCredentials, 'identityId' | 'region'>,
): AwsCredentials | undefined {
  const { AccessKeyId, SecretKey, SessionToken, Expiration } = (found ?? {}) as Readonly<Record<string, unknown>>
  if (typeof AccessKeyId !== 'string' || typeof SecretKey !== 'string') return undefined
  if (typeof SessionToken !== 'string' || typeof Expiration !== 'number') return undefined
  const end = new Date(Expiration * 1000)
  if (Number.isNaN(end.getTime())) return undefined
  const expiration = end.toISOString()
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretKey, sessionToken: SessionToken, expiration, ...place }
}
