/**
 * What a user pool demands of a token's claims: its use, its app client, its audience. The one door to aws-jwt-verify,
 * which knows where Cognito keeps them; its errors become our reasons.
 */
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier'
import { CognitoJwtInvalidClientIdError, CognitoJwtInvalidTokenUseError } from 'aws-jwt-verify/error'
import type { JwtPayload } from 'aws-jwt-verify/jwt-model'
import type { UserPoolConfig } from '../config/config.ts'
import type { Reason } from '../reasons.ts'
import type { Claims } from './claims.ts'

/** As the library has it: null accepts any. */
export interface ClaimRules {
  readonly tokenUse: 'access' | 'id' | null
  readonly clientId: string[] | null
  readonly audience: readonly string[]
}

export function compileClaimRules(pool: UserPoolConfig): ClaimRules {
  const [firstUse, ...otherUses] = new Set(pool.tokenUse)
  return {
    tokenUse: firstUse !== undefined && otherUses.length === 0 ? firstUse : null,
    clientId: pool.insecureAnyClient ? null : [...pool.clientIds],
    audience: pool.audience,
  }
}

/** Undefined: the pool accepts them. */
export function refuseClaims(claims: Claims, rules: ClaimRules): Reason | undefined {
  try {
    // The library's lists are mutable; it changes none.
    validateCognitoJwtFields(claims as Claims & JwtPayload, rules)
  } catch (error) {
    return reasonOf(error)
  }
  return refuseAudience(claims, rules.audience)
}

/** Resource binding (RFC 8707): an access token with an audience is for that resource alone. */
function refuseAudience(claims: Claims, accepted: readonly string[]): Reason | undefined {
  if (claims.token_use !== 'access' || claims.aud === undefined) return undefined
  const bound = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  return bound.some((audience) => accepted.includes(audience)) ? undefined : 'audience_not_allowed'
}

/** Whatever else the library throws refuses the token too; nothing it throws becomes a 500. */
function reasonOf(error: unknown): Reason {
  if (error instanceof CognitoJwtInvalidTokenUseError) return 'token_use_not_allowed'
  return error instanceof CognitoJwtInvalidClientIdError ? 'client_not_allowed' : 'token_malformed'
}
