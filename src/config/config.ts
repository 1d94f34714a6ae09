/**
 * The parsed configuration: defaults filled in, units resolved to milliseconds and bytes. Types only: `load.ts` makes a
 * `Config`, `decide/runtime.ts` compiles it, and no request ever reads it.
 */

export type TokenUse = 'access' | 'id'
export type HeaderEncoding = 'percent' | 'utf8' | 'base64' | 'json' | 'qp'
export type HeaderFormat = 'csv' | 'json' | 'pipe' | 'space'
export type HeaderPreset = 'default' | 'grafana' | 'jenkins' | 'opensearch' | 'remote-user' | 'alb' | 'none'

export interface ListenAddress {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

export interface UpstreamConfig {
  /** An `http:` or `https:` origin without a path, or `unix:/path`. */
  readonly url: string
  readonly connectTimeoutMs: number
  /** Time until the head of the response. */
  readonly responseTimeoutMs: number
  /** Time without a byte in either direction. */
  readonly idleTimeoutMs: number
  readonly maxConnections: number
  /** Requests that may wait for a connection. */
  readonly maxWaiting: number
  readonly waitTimeoutMs: number
  readonly preserveHost: boolean
  /** Sent with every request, by name. Secret. */
  readonly headers?: Readonly<Record<string, readonly string[]>>
  /** As `headers`; each value is in a file. */
  readonly headerFiles?: Readonly<Record<string, readonly string[]>>
  /** Addresses of the service in Location, Content-Location and Destination become those of the gate, and the other way round. */
  readonly rewriteLocation: 'auto' | 'off'
  /** `tunnel` passes the bytes on unread; `relay` reads and checks every message. */
  readonly webSocket: 'tunnel' | 'relay'
  readonly tls: {
    readonly caFile?: string
    readonly certFile?: string
    readonly keyFile?: string
    readonly serverName?: string
    readonly insecureSkipVerify: boolean
  }
}

export interface ListenerTlsConfig {
  readonly certFile: string
  readonly keyFile: string
  readonly clientCaFile?: string
}

export interface UserPoolConfig {
  readonly id: string
  /** Never empty unless `insecureAnyClient`. */
  readonly clientIds: readonly string[]
  readonly insecureAnyClient: boolean
  readonly tokenUse: readonly TokenUse[]
  readonly audience: readonly string[]
  readonly issuer?: string
  readonly additionalRegions: readonly string[]
  readonly jwksUri?: string
  readonly jwksFile?: string
}

export interface JwksConfig {
  readonly refreshIntervalMs: number
  readonly cooldownMs: number
  readonly maxStaleMs: number
  readonly timeoutMs: number
  readonly snapshotFile?: string
}

export interface TokenCacheConfig {
  readonly maxEntries: number
  readonly maxBytes: number
  readonly maxAgeMs: number
}

export interface RouteConfig {
  /** Exact (`/healthz`), prefix (`/admin/*`) or with parameters (`/users/:id/files`). */
  readonly path: string
  readonly auth: 'required' | 'none' | 'optional'
  /** Upper case; undefined: every method. */
  readonly methods?: readonly string[]
  /** Lower case, without port. */
  readonly host?: string
  readonly groups?: readonly string[]
  readonly scopes?: readonly string[]
  readonly anyScope?: readonly string[]
  readonly clientIds?: readonly string[]
  /** Ids of configured user pools. */
  readonly userPools?: readonly string[]
  readonly mode: 'enforce' | 'report'
  readonly paths: { readonly allow: readonly PathForm[] }
}

export interface IdentityHeaderConfig {
  readonly name: string
  readonly claim: string
  /** How a list claim is written; default csv. */
  readonly format: HeaderFormat
  readonly encoding: HeaderEncoding
}

/** At most `requests` requests in each period. */
export interface RateConfig {
  readonly requests: number
  readonly periodMs: number
}

export interface RateLimitConfig {
  /** undefined: no limit. */
  readonly perSubject?: RateConfig
  /** undefined: no limit. */
  readonly perAddress?: RateConfig
  /** Requests that may come at once; undefined: as many as the rate allows in its period. */
  readonly burst?: number
}

/** What two servers may do to a path differently. A form that is allowed is not looked for. */
export const PATH_FORMS = [
  'encodedSlash',
  'doubleEncoded',
  'backslash',
  'semicolon',
  'doubleSlash',
  'dotSegments',
  'letterCase',
  'unicode',
  'trailingSpaces',
  'trailingDots',
  'encodedNul',
  'encodedHash',
  'encodedQuestion',
] as const
export type PathForm = (typeof PATH_FORMS)[number]

export interface Config {
  readonly listen: ListenAddress
  readonly ops: { readonly listen: ListenAddress }
  readonly upstream: UpstreamConfig
  readonly tls?: ListenerTlsConfig
  readonly userPools: readonly UserPoolConfig[]
  readonly jwks: JwksConfig
  readonly tokenCache: TokenCacheConfig
  readonly clockToleranceMs: number
  readonly routes: readonly RouteConfig[]
  readonly endpoints: {
    /** Of the gate's own endpoints: lower case, without a slash at its end. */
    readonly prefix: string
  }
  readonly paths: { readonly allow: readonly PathForm[] }
  readonly identityHeaders: {
    readonly preset: HeaderPreset
    /** Replaces the headers of the preset. */
    readonly set?: readonly IdentityHeaderConfig[]
    readonly stripPrefixes: readonly string[]
    readonly passToken: boolean
    /** What happens to an address that `email_verified` does not confirm. */
    readonly unverifiedEmail: 'drop' | 'send'
  }
  readonly forwarded: { readonly trust: readonly string[]; readonly via: boolean }
  readonly limits: {
    readonly tokenBytes: number
    readonly headersBytes: number
    readonly headerCount: number
    readonly urlBytes: number
    /** undefined: no limit. */
    readonly bodyBytes?: number
    readonly requestTimeoutMs: number
    readonly headersTimeoutMs: number
    readonly keepAliveMs: number
    /** undefined: no limit. */
    readonly connections?: number
    /** undefined: no limit. */
    readonly eventLoopDelayMs?: number
  }
  /** undefined: off. */
  readonly rateLimit?: RateLimitConfig
  readonly auth: {
    /** Visible ASCII, not quoted. */
    readonly realm: string
  }
  readonly cors: {
    readonly preflight: 'deny' | 'pass' | 'answer'
    /** As browsers write them in `Origin`. */
    readonly allowOrigins: readonly string[]
  }
  readonly workers: number | 'auto'
  readonly drain: { readonly delayMs: number; readonly timeoutMs: number }
  readonly log: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
    readonly access: boolean
    /** How the access line names the caller's `sub`. */
    readonly subject: 'hashed' | 'plain' | 'none'
  }
}
