/**
 * A user pool to the issuers its tokens may name and the URIs that publish its keys. Pure; nothing is fetched here.
 */
import type { UserPoolConfig } from '../../config/config.ts'

/** AWS partitions differ in their domain; every other region is under amazonaws.com. */
const domains: readonly (readonly [regionPrefix: string, domain: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-iso-', 'c2s.ic.gov'],
]

/**
 * The pool's own two forms (API reference, IssuerConfigurationType: ORIGINAL and UPDATED), those of its replica regions,
 * or the one configured instead.
 */
export function issuersOf(pool: UserPoolConfig): readonly string[] {
  if (pool.issuer !== undefined) return [pool.issuer]
  const [region = ''] = pool.id.split('_')
  return [...new Set([region, ...pool.additionalRegions])].flatMap((each) => [
    `https://cognito-idp.${each}.${domainOf(each)}/${pool.id}`,
    `https://issuer-cognito-idp.${each}.${domainOf(each)}/${pool.id}`,
  ])
}

/** In order of preference; every form of a pool's issuer publishes the same keys. */
export function jwksUrisOf(pool: UserPoolConfig): readonly string[] {
  if (pool.jwksUri !== undefined) return [pool.jwksUri]
  return issuersOf(pool).map((issuer) => `${issuer}/.well-known/jwks.json`)
}

function domainOf(region: string): string {
  return domains.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'amazonaws.com'
}
