/** The app clients of the look-alike pool, and what each of them may ask for. */

export type Grant = 'authorization_code' | 'client_credentials' | 'refresh_token'

export interface AppClient {
  readonly clientId: string
  /** Without a secret the client is public: a secret that it sends is not looked at. */
  readonly clientSecret?: string | undefined
  /** Compared byte by byte. */
  readonly callbackUrls?: readonly string[] | undefined
  readonly logoutUrls?: readonly string[] | undefined
  /** Default: the OIDC scopes, `aws.cognito.signin.user.admin`, `api/read` and `api/write`. */
  readonly scopes?: readonly string[] | undefined
  /** Default: all. */
  readonly grants?: readonly Grant[] | undefined
  /** Absent: a refresh token stays valid and none is returned by a refresh. */
  readonly refreshTokenRotation?: RefreshTokenRotation | undefined
  /** Default 3600; of access and ID tokens. */
  readonly tokenSeconds?: number | undefined
  /** From the sign-in, however often it is refreshed. Default 30 days. */
  readonly refreshTokenSeconds?: number | undefined
  /** Of the API: `USER_PASSWORD_AUTH` and `USER_AUTH`. Default: all. */
  readonly authFlows?: readonly string[] | undefined
  /** Default true: the API does not say who exists. */
  readonly preventUserExistenceErrors?: boolean | undefined
  /** Takes any URL on 127.0.0.1 and localhost as callback and sign-out URL. Default: the default client only. */
  readonly anyLoopbackUrl?: boolean | undefined
}

export interface RefreshTokenRotation {
  /** How long the old token works beside the new one: 0 to 60 at Cognito. */
  readonly graceSeconds: number
  /** A use after the grace also ends all tokens of that sign-in. Default false. What Cognito does is not documented. */
  readonly reuseRevokesAll?: boolean | undefined
}

const defaultScopes = ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin', 'api/read', 'api/write']

export function scopesOf(client: AppClient): readonly string[] {
  return client.scopes ?? defaultScopes
}

export function allowsGrant({ grants }: AppClient, grant: Grant): boolean {
  return grants === undefined || grants.includes(grant)
}

export function isCallback(client: AppClient, url: string): boolean {
  return client.callbackUrls?.includes(url) === true || (client.anyLoopbackUrl === true && isLoopbackUrl(url))
}

export function isLogoutTarget(client: AppClient, url: string): boolean {
  return client.logoutUrls?.includes(url) === true || (client.anyLoopbackUrl === true && isLoopbackUrl(url))
}

/**
 * A gate under development takes whatever port is free, so its callback cannot be registered beforehand. Loopback only:
 * a code sent there reaches nobody else.
 */
function isLoopbackUrl(url: string): boolean {
  if (!/^https?:\/\/[\x21-\x7e]+$/.test(url) || !URL.canParse(url)) return false
  const { hostname, hash, username } = new URL(url)
  return ['127.0.0.1', 'localhost'].includes(hostname) && hash === '' && username === ''
}
