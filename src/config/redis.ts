/**
 * The parts of `Config` about Redis or Valkey, and which server a feature uses.
 */

/** Of one server. */
export interface RedisConfig {
  /** `redis:` or `rediss:`; user and password in it are a secret. */
  readonly url?: string
  /** PEM; undefined: the well-known authorities. */
  readonly caFile?: string
  /** One line each, read again for each connection. They stand in for a user and a password in `url`. */
  readonly usernameFile?: string
  readonly passwordFile?: string
}

/** What a feature may have for itself. */
interface OwnRedis {
  readonly url?: string
  readonly caFile?: string
  /** Every key begins with it. */
  readonly prefix: string
}

export interface RevocationConfig {
  readonly file?: string
  readonly redis: OwnRedis
  /** What happens to requests with a token once the list in Redis is too old. */
  readonly onStoreFailure: 'allow' | 'deny'
  /** When it is too old. */
  readonly maxLagMs: number
}

export interface RedisServer extends RedisConfig {
  readonly url: string
}

/**
 * An address of its own takes nothing of the shared one: a password must not reach a server that it was not written for. Undefined:
 * there is none.
 */
export function redisServer({ url, caFile }: Partial<OwnRedis>, shared: RedisConfig = {}): RedisServer | undefined {
  if (url !== undefined) return caFile === undefined ? { url } : { url, caFile }
  return shared.url === undefined ? undefined : { ...shared, url: shared.url }
}

interface WithRevocation {
  readonly revocation: RevocationConfig
  readonly redis?: RedisConfig
}

/** Where the list of revoked tokens is, besides the file. Undefined: nowhere. */
export function revocationServer({ revocation, redis }: WithRevocation): RedisServer | undefined {
  return redisServer(revocation.redis, redis)
}

interface WithRates {
  readonly rateLimit?: { readonly store?: 'process' | 'redis' }
  readonly redis?: RedisConfig
}

/** Where requests are counted for all processes. Undefined: each counts for itself. */
export function rateServer({ rateLimit, redis }: WithRates): RedisServer | undefined {
  return rateLimit?.store === 'redis' ? redisServer({}, redis) : undefined
}

interface WithSessions {
  readonly session: { readonly store: 'cookie' | 'redis'; readonly redis: OwnRedis }
  readonly redis?: RedisConfig
}

/** Where sessions are. Undefined: in cookies. */
export function sessionServer({ session, redis }: WithSessions): RedisServer | undefined {
  return session.store === 'redis' ? redisServer(session.redis, redis) : undefined
}
