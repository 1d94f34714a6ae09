/**
 * The parts of `Config` about what the gate publishes of itself.
 */

export interface ResourceMetadataConfig {
  readonly enabled: boolean
  /** Paths of the public origin; `/` is the origin itself. No slash at their end. */
  readonly resources: readonly string[]
  /** Undefined: those that rules demand. */
  readonly scopes?: readonly string[]
  readonly name?: string
  readonly documentation?: string
  /** Of the authorization server, where its own metadata name none. */
  readonly registrationEndpoint?: string
}

export interface IdentityTokenConfig {
  /** Undefined: no identity is signed, and nothing else of this section counts. */
  readonly audience?: string
  readonly header: string
  /** Undefined: the public origin. */
  readonly issuer?: string
  readonly ttlMs: number
  readonly algorithm: 'ES256' | 'EdDSA'
  readonly keyFile?: string
  /** Of `X-Amzn-Oidc-Data`; undefined: the issuer. */
  readonly signer?: string
  /** Not configured: a PEM private key that the workers of one process share. */
  readonly known?: string
}

/** What the load balancer calls it. */
export const albDataHeader = 'X-Amzn-Oidc-Data'

interface Signing {
  readonly identityToken: IdentityTokenConfig
  readonly identityHeaders: { readonly preset: string; readonly set?: readonly unknown[] }
}

/** The service believes it to be behind an Application Load Balancer. */
export function signsAsAlb({ identityToken, identityHeaders }: Signing): boolean {
  return identityToken.audience !== undefined && identityHeaders.preset === 'alb' && identityHeaders.set === undefined
}

/** The headers that hold a signed identity. */
export function signedHeaders(config: Signing): readonly string[] {
  const { audience, header } = config.identityToken
  if (audience === undefined) return []
  return signsAsAlb(config) ? [header, albDataHeader] : [header]
}
