/**
 * The one door to aws-jwt-verify: signature and Cognito claims of a decoded token, its errors mapped to our reasons.
 * One code path for AWS, other partitions, replica regions and emulators: issuers are always explicit.
 */
import { JwtVerifier } from 'aws-jwt-verify'
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier'
import * as errors from 'aws-jwt-verify/error'
import type { DecomposedJwt } from 'aws-jwt-verify/jwt'
import type { JwtVerifierProperties, VerifyProperties } from 'aws-jwt-verify/jwt-verifier'
import type { UserPoolConfig } from '../config/config.ts'
import type { Reason } from '../reasons.ts'
import type { Claims } from './claims.ts'
import type { CompactToken } from './compact.ts'
import type { Jwks } from './jwks.ts'

export interface CognitoIssuer {
  readonly issuer: string
  readonly pool: UserPoolConfig
}

type LibraryIssuer = JwtVerifierProperties<VerifyProperties> & CognitoIssuer

export class CognitoVerifier extends JwtVerifier<VerifyProperties, LibraryIssuer, true> {
  readonly #pools: ReadonlyMap<string, UserPoolConfig>

  /** `toleranceMs` widens exp and nbf both ways. */
  constructor(issuers: readonly CognitoIssuer[], jwks: Jwks, toleranceMs: number) {
    super(
      issuers.map(({ issuer, pool }) => libraryIssuer(issuer, pool, toleranceMs)),
      jwks,
    )
    this.#pools = new Map(issuers.map(({ issuer, pool }) => [issuer, pool]))
  }

  /** Undefined: signature and claims are good. The caller has found the key and checked the claims' types. */
  refuse({ claims, ...compact }: CompactToken & { readonly claims: Claims }): Reason | undefined {
    try {
      const issuer = this.getIssuerConfig(claims.iss)
      this.verifyDecomposedJwtSync({ ...compact } as unknown as DecomposedJwt, issuer.jwksUri, properties(issuer))
      return refuseAudience(claims, issuer.pool.audience)
    } catch (error) {
      return reasonOf(error)
    }
  }

  /** The library keeps key objects by kid; a key replaced under its old kid must not live on there. */
  forgetKeys(poolId: string): void {
    for (const [issuer, pool] of this.#pools) {
      if (pool.id === poolId) this.cacheJwks({ keys: [] }, issuer)
    }
  }
}

/** Resource binding (RFC 8707): an access token with an audience is for that resource alone. */
function refuseAudience(claims: Claims, accepted: readonly string[]): Reason | undefined {
  if (claims.token_use !== 'access' || claims.aud === undefined) return undefined
  const bound = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  return bound.some((audience) => accepted.includes(audience)) ? undefined : 'audience_not_allowed'
}

function libraryIssuer(issuer: string, pool: UserPoolConfig, toleranceMs: number): LibraryIssuer {
  const [onlyUse] = pool.tokenUse
  const tokenUse = pool.tokenUse.length === 1 && onlyUse !== undefined ? onlyUse : null
  const clientId = pool.insecureAnyClient ? null : [...pool.clientIds]
  return {
    issuer,
    pool,
    jwksUri: pool.id,
    audience: null,
    graceSeconds: toleranceMs / 1000,
    customJwtCheck: ({ payload }) => validateCognitoJwtFields(payload, { tokenUse, clientId }),
  }
}

function properties(issuer: LibraryIssuer): VerifyProperties {
  return issuer as VerifyProperties
}

const reasonByError = [
  [errors.JwtInvalidSignatureError, 'signature_invalid'],
  [errors.JwtInvalidSignatureAlgorithmError, 'algorithm_not_allowed'],
  [errors.JwtExpiredError, 'token_expired'],
  [errors.JwtNotBeforeError, 'token_not_yet_valid'],
  [errors.CognitoJwtInvalidTokenUseError, 'token_use_not_allowed'],
  [errors.CognitoJwtInvalidClientIdError, 'client_not_allowed'],
  [errors.JwtInvalidAudienceError, 'audience_not_allowed'],
  [errors.JwtInvalidIssuerError, 'issuer_unknown'],
  [errors.ParameterValidationError, 'issuer_unknown'],
  [errors.JwtWithoutValidKidError, 'key_unknown'],
  [errors.KidNotFoundInJwksError, 'key_unknown'],
  [errors.JwkInvalidUseError, 'key_unknown'],
  [errors.JwkInvalidKtyError, 'key_unknown'],
  [errors.JwkValidationError, 'key_unknown'],
  [errors.JwksNotAvailableInCacheError, 'keys_unavailable'],
  [errors.WaitPeriodNotYetEndedJwkError, 'keys_unavailable'],
  [errors.FetchError, 'keys_unavailable'],
  [errors.JwksValidationError, 'keys_unavailable'],
] as const satisfies readonly (readonly [new (...args: never[]) => Error, Reason])[]

/** Anything the library throws refuses the token; nothing it throws becomes a 500. */
export function reasonOf(error: unknown): Reason {
  return reasonByError.find(([type]) => error instanceof type)?.[1] ?? 'token_malformed'
}
