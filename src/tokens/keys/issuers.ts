/**
 * Derives from a user pool the issuers that its tokens may name and the URIs that publish its keys. Never fetches
 * anything.
 */
import type { UserPoolConfig } from '../../config/config.ts'

/** The domains of AWS partitions. All other regions are under amazonaws.com. */
const domains: readonly (readonly [regionPrefix: string, domain: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-iso-', 'c2s.ic.gov'],
]

/**
 * Both forms of the issuer (Cognito API reference, IssuerConfigurationType: ORIGINAL and UPDATED), in the region of the
 * pool and in each of its replica regions. A configured issuer takes the place of them all.
 */
export function issuersOf(pool: UserPoolConfig): readonly string[] {
  if (pool.issuer !== undefined) return [pool.issuer]
  const [region = ''] = pool.id.split('_')
  return [...new Set([region, ...pool.additionalRegions])].flatMap((each) => [
    `https://cognito-idp.${each}.${domainOf(each)}/${pool.id}`,
    `https://issuer-cognito-idp.${each}.${domainOf(each)}/${pool.id}`,
  ])
}

/** In order of preference. Every form of a pool's issuer publishes the same keys. */
export function jwksUrisOf(pool: UserPoolConfig): readonly string[] {
  if (pool.jwksUri !== undefined) return [pool.jwksUri]
  return issuersOf(pool).map((issuer) => `${issuer}/.well-known/jwks.json`)
}

/** Where the JSON API of the pool is (AWS General Reference, "Amazon Cognito Identity endpoints"). */
export function apiOriginOf({ id }: UserPoolConfig): string {
  const [region = ''] = id.split('_')
  return `https://cognito-idp.${region}.${domainOf(region)}`
}

/** Of the API of an identity pool, whose id begins with its region. */
export function identityOriginOf(identityPool: string): string {
  const [region = ''] = identityPool.split(':')
  return `https://cognito-identity.${region}.${domainOf(region)}`
}

function domainOf(region: string): string {
  return domains.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'amazonaws.com'
}
