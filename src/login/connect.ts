/**
 * The ways to Cognito, from the configuration: the endpoints of its domain, and its JSON API. Opens no connection.
 */
import { isAuthApiOn } from '../config/auth-api.ts'
import type { Config, UserPoolConfig } from '../config/config.ts'
import { apiOriginOf, identityOriginOf, issuersOf } from '../tokens/keys/issuers.ts'
import type { LoginEvents } from './events.ts'
import type { Cognito } from './oauth/cognito.ts'
import { connectCognito } from './oauth/cognito.ts'
import type { CognitoApi } from './oauth/cognito-api.ts'

interface Place {
  readonly pool: UserPoolConfig
  /** Undefined: people sign in by the auth API alone. */
  readonly domain: string | undefined
  /** The public one. */
  readonly origin: string
}

export interface ConnectOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly events: Pick<LoginEvents, 'onCall'>
}

/** With the auth API tokens are renewed and revoked there: it serves both kinds of sign-in, and needs no domain. */
export async function connect(config: Config, options: ConnectOptions, place: Place): Promise<Cognito> {
  const { login, endpoints } = config
  const { pool, domain, origin } = place
  const signedOutUri = `${origin}${endpoints.prefix}/logged-out`
  const cognito = connectCognito({
    domain: domain ?? origin,
    clientId: login.clientId ?? '',
    clientSecret: login.clientSecret,
    redirectUri: `${origin}${endpoints.prefix}/callback`,
    signedOutUri,
    issuers: issuersOf(pool),
    timeoutMs: login.refresh.timeoutMs,
    egress: { proxy: config.proxy },
    toleranceMs: config.clockToleranceMs,
    now: options.now,
    onCall: options.events.onCall,
  })
  if (!isAuthApiOn(config.authApi)) return cognito
  const { tokenCallsOf } = await import('./oauth/cognito-api.ts')
  const calls = tokenCallsOf(await connectPoolApi(config, options.events))
  return { ...cognito, ...calls, ...(domain === undefined && { signOutUrl: signedOutUri }) }
}

/** The JSON API of the pool people sign in at. Loads its client. */
export async function connectPoolApi(config: Config, { onCall }: Pick<LoginEvents, 'onCall'>): Promise<CognitoApi> {
  const { login, authApi, userPools, proxy } = config
  const { clientId = '', clientSecret } = login
  const pool = userPools.find(({ clientIds }) => clientIds.includes(clientId))
  if (pool === undefined) throw new Error('login.clientId is in no user pool')
  const { connectCognitoApi } = await import('./oauth/cognito-api.ts')
  return connectCognitoApi({
    endpoint: authApi.endpoint === undefined ? apiOriginOf(pool) : new URL(authApi.endpoint).origin,
    clientId,
    clientSecret,
    timeoutMs: login.refresh.timeoutMs,
    egress: { proxy },
    onCall,
  })
}

/** The JSON API of an identity pool. Loads its client. */
export async function connectIdentityApi(
  { authApi, login, proxy }: Config,
  identityPool: string,
  { onCall }: Pick<LoginEvents, 'onCall'>,
): Promise<CognitoApi> {
  const { identityEndpoint: endpoint } = authApi
  const { connectCognitoApi } = await import('./oauth/cognito-api.ts')
  return connectCognitoApi({
    endpoint: endpoint === undefined ? identityOriginOf(identityPool) : new URL(endpoint).origin,
    service: 'identityPool',
    clientId: login.clientId ?? '',
    timeoutMs: login.refresh.timeoutMs,
    egress: { proxy },
    onCall,
  })
}
