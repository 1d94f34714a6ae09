/** The part of `Config` about identity headers: which there are, and how their values are written. Types only. */

export type HeaderEncoding = 'percent' | 'utf8' | 'base64' | 'json' | 'qp'
export type HeaderFormat = 'csv' | 'json' | 'pipe' | 'space'
export type HeaderPreset =
  | 'default'
  | 'grafana'
  | 'jenkins'
  | 'opensearch'
  | 'remote-user'
  | 'oauth2-proxy'
  | 'alb'
  | 'none'

export interface IdentityHeaderConfig {
  readonly name: string
  readonly claim: string
  /** How a list claim is written; default csv. */
  readonly format: HeaderFormat
  readonly encoding: HeaderEncoding
}

export interface IdentityHeadersConfig {
  readonly preset: HeaderPreset
  /** Replaces the headers of the preset. */
  readonly set?: readonly IdentityHeaderConfig[]
  readonly stripPrefixes: readonly string[]
  readonly passToken: boolean
  /** What happens to an address that `email_verified` does not confirm. */
  readonly unverifiedEmail: 'drop' | 'send'
}
