/**
 * The parsed configuration: defaults filled in, units resolved to milliseconds and bytes. Types only: `load.ts` makes a
 * `Config`, `decide/runtime.ts` compiles it, and no request ever reads it.
 */

import type { AuthApiConfig } from './auth-api.ts'
import type { CredentialsConfig } from './credentials.ts'
import type { IdentityHeadersConfig } from './identity-headers.ts'
import type { LimitsConfig } from './limits-config.ts'
import type { ActiveUsersConfig, LogConfig, TracingConfig } from './observing.ts'
import type { IdentityTokenConfig, ResourceMetadataConfig } from './published.ts'
import type { RedisConfig, RevocationConfig } from './redis.ts'

export type TokenUse = 'access' | 'id'
export interface ListenAddress {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** Answers of an upstream that RFC 9112 does not allow, and that other proxies pass. */
export const TOLERABLE = ['bareLineFeed', 'equalContentLengths', 'identityEncoding', 'statusAbove599'] as const
export type Tolerable = (typeof TOLERABLE)[number]
/** PEM. */
export interface TlsMaterial {
  readonly cert?: string
  readonly key?: string
  readonly ca?: string
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
  /** How long an idle connection is kept; `auto` learns it from the service, undefined keeps none. */
  readonly keepAliveMs?: number | 'auto'
  readonly preserveHost: boolean
  /** Sent with every request, by name. Secret. */
  readonly headers?: Readonly<Record<string, readonly string[]>>
  /** As `headers`; each value is in a file. */
  readonly headerFiles?: Readonly<Record<string, readonly string[]>>
  /** Faults of its answers that are mended rather than refused. */
  readonly tolerate: readonly Tolerable[]
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
    /** Not configured: what a worker uses when the files cannot be read. */
    readonly known?: TlsMaterial
  }
}

/** What metrics and log lines call `upstream`. */
export const defaultUpstream = 'default'

/** A service that rules name. */
export interface FurtherUpstream extends UpstreamConfig {
  readonly name: string
}

export interface ListenerTlsConfig {
  readonly certFile: string
  readonly keyFile: string
  readonly clientCaFile?: string
  /** Not configured: what a worker uses when the files cannot be read. */
  readonly known?: TlsMaterial
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
  /** Keys may come over plain http from another host. */
  readonly insecureHttpKeys: boolean
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
  readonly auth: 'required' | 'none' | 'optional' | 'login'
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
  /** Authentication context: the token must have one of them. */
  readonly acr?: readonly string[]
  /** How long ago the caller may have signed in. */
  readonly maxAuthAgeMs?: number
  /** By claim the texts of which it must have one: `:name` is a parameter of the path, `::name` the text `:name`. */
  readonly claims?: Readonly<Record<string, readonly string[]>>
  readonly subject?: 'user' | 'machine'
  /** In the place of that of the user pool. */
  readonly tokenUse?: readonly TokenUse[]
  /** The name of one of `upstreams`; undefined: `upstream`. */
  readonly upstream?: string
  /** What the service does not see of the path; no slash at its end. */
  readonly stripPrefix?: string
  /** What the service sees before it; no slash at its end. */
  readonly addPrefix?: string
  readonly mode: 'enforce' | 'report'
  readonly paths: { readonly allow: readonly PathForm[] }
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
  /** Who counts: each process for itself, which is the default, or all that share a Redis. */
  readonly store?: 'process' | 'redis'
  readonly redis?: { readonly prefix: string; readonly timeoutMs: number }
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
  'encodedControl',
  'plus',
  'encodedHash',
  'encodedQuestion',
] as const
export type PathForm = (typeof PATH_FORMS)[number]

export interface LoginConfig {
  /** An origin. Undefined: there is no browser sign-in, and nothing else of this section counts. */
  readonly domain?: string
  readonly clientId?: string
  readonly clientSecret?: string
  readonly scopes: readonly string[]
  readonly identityProvider?: string
  readonly idpIdentifier?: string
  readonly prompt?: 'login' | 'select_account' | 'consent'
  readonly maxAgeMs?: number
  readonly lang?: string
  readonly forwardParams: readonly string[]
  readonly stateMaxAgeMs: number
  readonly refresh: { readonly timeoutMs: number; readonly aheadMs: number }
  readonly logout: {
    readonly cognito: boolean
    readonly revoke: boolean
    readonly on: readonly string[]
    readonly clearSiteData: readonly ('cache' | 'cookies' | 'storage')[]
  }
  readonly pages: { readonly dir?: string; readonly languages: readonly PageLanguage[] }
}

export type PageLanguage = 'en' | 'ja'

export interface SessionConfig {
  /** The first one seals, all of them open. */
  readonly secrets?: readonly string[]
  /** Where sessions live. */
  readonly store: 'cookie' | 'redis'
  readonly redis: {
    /** `redis:` or `rediss:`; user and password in it are a secret. */
    readonly url?: string
    readonly caFile?: string
    readonly prefix: string
  }
  /** Without its prefix. */
  readonly cookieName: string
  readonly sameSite: 'lax' | 'none'
  readonly remember: boolean
  readonly idleMs: number
  readonly absoluteMs: number
  readonly allowedOrigins: readonly string[]
  readonly claims: readonly string[]
}

/** From HTTPS_PROXY and NO_PROXY. */
export interface ProxyConfig {
  /** May hold a password. */
  readonly url: string
  /** Hosts that are reached without it, in small letters. */
  readonly except: readonly string[]
}

export interface Config {
  /** Not a key: the environment says it. Absent: no proxy. */
  readonly proxy?: ProxyConfig
  readonly listen: ListenAddress
  readonly ops: { readonly listen: ListenAddress; readonly statusPage: boolean; readonly explain: boolean }
  readonly upstream: UpstreamConfig
  readonly upstreams: readonly FurtherUpstream[]
  readonly tls?: ListenerTlsConfig
  readonly userPools: readonly UserPoolConfig[]
  readonly jwks: JwksConfig
  readonly tokenCache: TokenCacheConfig
  readonly clockToleranceMs: number
  readonly credentials: CredentialsConfig
  readonly auth: {
    /** An answer that is under way when its token expires is ended. */
    readonly endStreamsAtExpiry: boolean
    /** Visible ASCII, not quoted. */
    readonly realm: string
  }
  /** `report`: no rule refuses anything. */
  readonly mode: 'enforce' | 'report'
  readonly routes: readonly RouteConfig[]
  readonly endpoints: {
    /** Of the gate's own endpoints: lower case, without a slash at its end. */
    readonly prefix: string
  }
  readonly paths: { readonly allow: readonly PathForm[] }
  readonly identityHeaders: IdentityHeadersConfig
  readonly forwardAuth: {
    /** Other proxies may ask about requests. */
    readonly enabled: boolean
  }
  readonly forwarded: { readonly trust: readonly string[]; readonly via: boolean }
  readonly limits: LimitsConfig
  /** The origin that browsers see. */
  readonly publicUrl?: string
  readonly login: LoginConfig
  readonly session: SessionConfig
  readonly activeUsers?: ActiveUsersConfig
  readonly authApi: AuthApiConfig
  readonly resourceMetadata: ResourceMetadataConfig
  readonly identityToken: IdentityTokenConfig
  /** undefined: off. */
  readonly rateLimit?: RateLimitConfig
  readonly cors: {
    readonly preflight: 'deny' | 'pass' | 'answer'
    /** As browsers write them in `Origin`. */
    readonly allowOrigins: readonly string[]
  }
  readonly revocation: RevocationConfig
  /** Of what has no server of its own. */
  readonly redis?: RedisConfig
  readonly workers: number | 'auto'
  readonly reload: { readonly watch: boolean }
  readonly drain: { readonly delayMs: number; readonly timeoutMs: number }
  readonly tracing: TracingConfig
  readonly log: LogConfig
}
