/**
 * The identity headers of each preset. Data only.
 */
import type { HeaderPreset, IdentityHeaderConfig } from '../config/identity-headers.ts'

export interface IdentityHeader extends Omit<IdentityHeaderConfig, 'claim'> {
  /** The first of these claims that the token has is sent. */
  readonly claims: readonly string[]
  /** The token itself is sent, and no claim. */
  readonly token?: true
  /** The id of the user pool is sent, and no claim; only where several pools are configured. */
  readonly pool?: true
}

const plain = { format: 'csv', encoding: 'percent' } as const
const quoted = { format: 'csv', encoding: 'qp' } as const
/** Access tokens have `username`, ID tokens have `cognito:username`, tokens of machines have neither. */
const userName = ['username', 'cognito:username', 'sub'] as const

export const presets = {
  default: [
    { name: 'X-Forwarded-User', claims: userName, ...plain },
    { name: 'X-Forwarded-Groups', claims: ['cognito:groups'], ...plain },
    { name: 'X-Forwarded-Email', claims: ['email'], ...plain },
    { name: 'X-Forwarded-Preferred-Username', claims: ['preferred_username'], ...plain },
    { name: 'X-Cognito-Sub', claims: ['sub'], ...plain },
    { name: 'X-Cognito-Client-Id', claims: ['client_id', 'aud'], ...plain },
    { name: 'X-Cognito-Scope', claims: ['scope'], ...plain },
    { name: 'X-Cognito-Token-Use', claims: ['token_use'], ...plain },
    { name: 'X-Cognito-User-Pool-Id', claims: [], pool: true, ...plain },
  ],
  grafana: [
    { name: 'X-WEBAUTH-USER', claims: userName, ...quoted },
    { name: 'X-WEBAUTH-NAME', claims: ['name'], ...quoted },
    { name: 'X-WEBAUTH-EMAIL', claims: ['email'], ...quoted },
    { name: 'X-WEBAUTH-GROUPS', claims: ['cognito:groups'], ...quoted },
  ],
  jenkins: [
    { name: 'X-Forwarded-User', claims: userName, ...plain },
    { name: 'X-Forwarded-Groups', claims: ['cognito:groups'], format: 'pipe', encoding: 'percent' },
    { name: 'X-Forwarded-Email', claims: ['email'], ...plain },
  ],
  opensearch: [
    { name: 'X-Proxy-User', claims: userName, ...plain },
    { name: 'X-Proxy-Roles', claims: ['cognito:groups'], ...plain },
  ],
  'remote-user': [
    { name: 'Remote-User', claims: userName, ...plain },
    { name: 'Remote-Groups', claims: ['cognito:groups'], ...plain },
    { name: 'Remote-Email', claims: ['email'], ...plain },
    { name: 'Remote-Name', claims: ['name'], ...plain },
  ],
  'oauth2-proxy': [
    { name: 'X-Forwarded-User', claims: ['sub'], ...plain },
    { name: 'X-Forwarded-Groups', claims: ['cognito:groups'], ...plain },
    { name: 'X-Forwarded-Email', claims: ['email'], ...plain },
    { name: 'X-Forwarded-Preferred-Username', claims: ['preferred_username'], ...plain },
    { name: 'X-Auth-Request-User', claims: ['sub'], ...plain },
    { name: 'X-Auth-Request-Groups', claims: ['cognito:groups'], ...plain },
    { name: 'X-Auth-Request-Email', claims: ['email'], ...plain },
    { name: 'X-Auth-Request-Preferred-Username', claims: ['preferred_username'], ...plain },
  ],
  alb: [
    { name: 'X-Amzn-Oidc-Identity', claims: ['sub'], ...plain },
    { name: 'X-Amzn-Oidc-Accesstoken', claims: [], token: true, ...plain },
  ],
  none: [],
} as const satisfies Record<HeaderPreset, readonly IdentityHeader[]>
