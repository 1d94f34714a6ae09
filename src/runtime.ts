/**
 * Config to Runtime: everything a request needs, compiled once and never changed. Request code sees only this.
 */
import type { Config, PathAllowance, UserPoolConfig } from './config/config.ts'
import { compileTrust } from './headers/forwarded.ts'
import { compileIdentity } from './headers/identity.ts'
import type { HeaderRules } from './headers/request.ts'
import type { Matcher } from './routes/match.ts'
import { compileMatcher } from './routes/match.ts'
import { CognitoVerifier } from './tokens/cognito-verifier.ts'
import { issuersOf, jwksUrisOf } from './tokens/issuers.ts'
import type { FetchKeys, JwksEvent, JwksPool } from './tokens/jwks.ts'
import { Jwks } from './tokens/jwks.ts'
import type { TrustedKey } from './tokens/pool-keys.ts'
import { TokenCache } from './tokens/token-cache.ts'
import type { Verifier } from './tokens/verify.ts'

export interface Runtime {
  readonly limits: Config['limits']
  readonly allowedPaths: ReadonlySet<PathAllowance>
  readonly passesPreflight: boolean
  readonly match: Matcher
  readonly verifier: Verifier
  readonly headers: HeaderRules
  readonly jwks: Jwks
}

export interface RuntimeParts {
  readonly fetchKeys: FetchKeys
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly random: () => number
  readonly onKeyEvent: (event: JwksEvent) => void
}

/** Throws ConfigError where rules shadow one another. Reads the key snapshot and key files, fetches nothing. */
export function compileRuntime(config: Config, parts: RuntimeParts): Runtime {
  const match = compileMatcher(config.routes)
  const { verifier, jwks } = compileVerifier(config, parts)
  jwks.load()
  return {
    limits: config.limits,
    allowedPaths: new Set(config.paths.allow),
    passesPreflight: config.cors.preflight === 'pass',
    match,
    verifier,
    headers: {
      identity: compileIdentity(config.identityHeaders),
      isTrusted: compileTrust(config.forwarded.trust),
      passToken: config.identityHeaders.passToken,
      preserveHost: config.upstream.preserveHost,
      upstreamHost: upstreamHost(config.upstream.url),
      kinds: new Map(),
    },
    jwks,
  }
}

function compileVerifier(config: Config, parts: RuntimeParts): { readonly verifier: Verifier; readonly jwks: Jwks } {
  const cache = new TokenCache(config.tokenCache)
  const onWithdrawn = (key: TrustedKey): void => {
    cognito.forgetKeys(key.pool)
    cache.forget(key)
  }
  const jwks = new Jwks({
    ...config.jwks,
    pools: config.userPools.map(jwksPool),
    fetch: parts.fetchKeys,
    now: parts.now,
    random: parts.random,
    onEvent: parts.onKeyEvent,
    onWithdrawn,
  })
  const issuers = config.userPools.flatMap((pool) => issuersOf(pool).map((issuer) => ({ issuer, pool })))
  const cognito = new CognitoVerifier(issuers, jwks, config.clockToleranceMs)
  const keysOf = new Map(issuers.map(({ issuer, pool }) => [issuer, jwks.pool(pool.id)]))
  return { verifier: { cache, cognito, keysOf, toleranceMs: config.clockToleranceMs }, jwks }
}

function jwksPool(pool: UserPoolConfig): JwksPool {
  return pool.jwksFile === undefined
    ? { id: pool.id, uris: jwksUrisOf(pool) }
    : { id: pool.id, uris: [], file: pool.jwksFile }
}

function upstreamHost(url: string): string {
  return url.startsWith('unix:') ? 'localhost' : new URL(url).host
}
