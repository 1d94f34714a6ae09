/**
 * What a user pool demands of the claims of a token: token use, app client, audience. The only file that uses
 * aws-jwt-verify, which knows where each kind of token holds its app client. Its errors become reasons, never
 * exceptions.
 */
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier'
import { CognitoJwtInvalidClientIdError, CognitoJwtInvalidTokenUseError } from 'aws-jwt-verify/error'
import type { JwtPayload } from 'aws-jwt-verify/jwt-model'
import type { Config, UserPoolConfig } from '../config/config.ts'
import type { Reason } from '../reasons.ts'
import type { Claims } from './claims.ts'

/** In the form that aws-jwt-verify takes: null accepts every value. */
export interface ClaimRules {
  readonly tokenUse: 'access' | 'id' | null
  readonly clientId: string[] | null
  readonly audience: readonly string[]
}

/** A pool that accepts both token uses, or any app client, has null there. */
export function compileClaimRules(pool: UserPoolConfig): ClaimRules {
  const [firstUse, ...otherUses] = new Set(pool.tokenUse)
  return {
    tokenUse: firstUse !== undefined && otherUses.length === 0 ? firstUse : null,
    clientId: pool.insecureAnyClient ? null : [...pool.clientIds],
    audience: pool.audience,
  }
}

/** Whether the pool accepts the token use of a token. */
export function acceptsUse({ tokenUse }: ClaimRules, { token_use }: Pick<Claims, 'token_use'>): boolean {
  return tokenUse === null || tokenUse === token_use
}

type ClientSources = Pick<Config, 'userPools' | 'routes' | 'login'>

/** The app client of a token as labels name it. */
export type NameClient = (clientId: unknown) => string

/** An app client that the configuration does not name is `other`: nobody else may choose a label. */
export function compileClientNames({ userPools, routes, login }: ClientSources): NameClient {
  const lists = [...userPools, ...routes].flatMap(({ clientIds }) => clientIds ?? [])
  const known = new Map<unknown, string>([lists, login.clientId ?? []].flat().map((id) => [id, id]))
  return (clientId) => known.get(clientId) ?? 'other'
}

/** Returns why the pool refuses the claims; undefined when it accepts them. */
export function refuseClaims(claims: Claims, rules: ClaimRules): Reason | undefined {
  try {
    // The types of the library ask for lists that can be changed; it changes none.
    validateCognitoJwtFields(claims as Claims & JwtPayload, rules)
  } catch (error) {
    return reasonOf(error)
  }
  return refuseAudience(claims, rules.audience)
}

/**
 * An access token with `aud` is bound to that resource (RFC 8707) and is refused by every other one. Its own app client is
 * no resource: a pre-token-generation trigger of Cognito may set this `aud` and no other.
 */
function refuseAudience(claims: Claims, accepted: readonly string[]): Reason | undefined {
  if (claims.token_use !== 'access' || claims.aud === undefined) return undefined
  const bound = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  const isFree = bound.length > 0 && claims.client_id !== '' && bound.every((audience) => audience === claims.client_id)
  return isFree || bound.some((audience) => accepted.includes(audience)) ? undefined : 'audience_not_allowed'
}

/** Any other error of the library refuses the token as well, so that none becomes a 500. */
function reasonOf(error: unknown): Reason {
  if (error instanceof CognitoJwtInvalidTokenUseError) return 'token_use_not_allowed'
  return error instanceof CognitoJwtInvalidClientIdError ? 'client_not_allowed' : 'token_malformed'
}
