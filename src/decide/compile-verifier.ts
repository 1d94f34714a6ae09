/**
 * The verifier of a configuration: its pools, keys and caches, tested before it serves. Fetches nothing.
 */
import { readFileSync } from 'node:fs'
import type { Config, UserPoolConfig } from '../config/config.ts'
import { revocationServer } from '../config/redis.ts'
import { ConfigError, FaultError } from '../errors.ts'
import type { IdentityTable } from '../headers/identity.ts'
import { compileIdentity } from '../headers/identity.ts'
import { Asks } from '../tokens/asked/asked.ts'
import { compileClaimRules, compileClientNames } from '../tokens/claim-rules.ts'
import { issuersOf, jwksUrisOf } from '../tokens/keys/issuers.ts'
import { readJwkSet } from '../tokens/keys/jwk-set.ts'
import type { FetchKeys, JwksEvent, JwksPool } from '../tokens/keys/jwks.ts'
import { Jwks } from '../tokens/keys/jwks.ts'
import { RefusedTokens } from '../tokens/refused-tokens.ts'
import { Denylist } from '../tokens/revocation/denylist.ts'
import { parseDenylist } from '../tokens/revocation/entries.ts'
import { Scratch } from '../tokens/scratch.ts'
import { findMisjudged, selfTestJwk, selfTestPool, selfTestTime, trials } from '../tokens/self-test.ts'
import { SharedRights } from '../tokens/shared-rights.ts'
import { TokenCache } from '../tokens/token-cache.ts'
import type { OnVerified, TrustedIssuer, Verifier } from '../tokens/verify.ts'
import { verifyToken } from '../tokens/verify.ts'

export interface RuntimeParts {
  readonly fetchKeys: FetchKeys
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly random: () => number
  readonly onKeyEvent: (event: JwksEvent) => void
  /** As `Verifier` has it; default: nobody hears of it. */
  readonly onVerified?: OnVerified
  /** One that goes on; default: that of the configuration. */
  readonly denylist?: Denylist | undefined
}

export function compileVerifier(
  config: Config,
  parts: RuntimeParts,
  identity: IdentityTable,
): { readonly verifier: Verifier; readonly jwks: Jwks } {
  const cache = new TokenCache(config.tokenCache)
  const jwks = new Jwks({
    ...config.jwks,
    pools: config.userPools.map(jwksPool),
    fetch: parts.fetchKeys,
    now: parts.now,
    random: parts.random,
    onEvent: parts.onKeyEvent,
    onWithdrawn: (key) => cache.forget(key),
  })
  const issuers = compileIssuers(config.userPools, jwks)
  const verifier: Verifier = {
    cache,
    refused: new RefusedTokens(parts.random),
    issuers,
    toleranceMs: config.clockToleranceMs,
    writeIdentity: identity.linesFor,
    nameCaller: config.identityToken.audience === undefined ? undefined : identity.namesFor,
    loggedSubjectMode: config.log.access || config.log.audit !== 'none' ? config.log.subject : 'none',
    subjectSecret: config.log.subjectSecret,
    keepsIds: config.log.audit !== 'none',
    rights: new SharedRights(),
    asks: compileAsks(config),
    denylist: parts.denylist ?? compileDenylist(config),
    nameClient: compileClientNames(config),
    onVerified: parts.onVerified,
    asksAgain: true,
    scratch: new Scratch(config.limits.tokenBytes),
  }
  return { verifier, jwks }
}

export function compileAsks({ routes, identityHeaders }: Config): Asks {
  return new Asks(routes, identityHeaders.unverifiedEmail === 'send')
}

/**
 * Throws FaultError for a file that cannot be used: an empty list in its place would let everybody in. What is in Redis comes
 * later.
 */
function compileDenylist(config: Config): Denylist | undefined {
  const { file } = config.revocation
  if (file === undefined && revocationServer(config) === undefined) return undefined
  const denylist = new Denylist()
  if (file === undefined) return denylist
  try {
    denylist.replace('file', parseDenylist(readFileSync(file, 'utf8')))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const cause = code === 'ENOENT' ? 'does not exist; a list without entries is an empty file' : message
    throw new FaultError(`revocation.file ${file}: ${cause}`)
  }
  return denylist
}

function compileIssuers(pools: Config['userPools'], jwks: Jwks): ReadonlyMap<string, TrustedIssuer> {
  const issuers = new Map<string, TrustedIssuer>()
  for (const pool of pools) {
    const trusted = {
      keys: jwks.pool(pool.id),
      rules: compileClaimRules(pool),
      rulesOfAnyUse: compileClaimRules({ ...pool, tokenUse: ['access', 'id'] }),
    }
    for (const issuer of issuersOf(pool)) {
      if (issuers.has(issuer)) throw sharedIssuer(pool, issuer)
      issuers.set(issuer, trusted)
    }
  }
  return issuers
}

/** Two pools have the same issuer: nobody could say whose app clients are accepted. */
function sharedIssuer(pool: UserPoolConfig, found: string): ConfigError {
  const expected = 'an issuer that no other user pool of this configuration has'
  return new ConfigError([{ key: 'userPools', source: `user pool ${pool.id}`, found, expected, fix: 'issuer: <own>' }])
}

/** Builds the verifier with these settings but the self-test's pool, and checks that it judges the self-test tokens correctly. */
export function testVerifier(config: Config): void {
  const { snapshotFile: _, ...jwksConfig } = config.jwks
  const tokenCache = { ...config.tokenCache, maxEntries: trials.length }
  const limits = { ...config.limits, tokenBytes: Math.max(...trials.map(({ token }) => token.length)) }
  const parts = {
    fetchKeys: fetchNothing,
    now: () => selfTestTime,
    random: () => 0,
    onKeyEvent() {},
    denylist: new Denylist(),
  }
  const { verifier, jwks } = compileVerifier(
    { ...config, jwks: jwksConfig, tokenCache, limits, userPools: [selfTestPool], routes: [] },
    parts,
    compileIdentity(config.identityHeaders),
  )
  const { keys } = readJwkSet({ keys: [selfTestJwk] })
  jwks.pool(selfTestPool.id).restore({ keys, fetchedAt: selfTestTime })
  const misjudged = findMisjudged((token) => verifyToken({ ...verifier, asksAgain: false }, token, selfTestTime))
  if (misjudged.length > 0) throw new FaultError(`the token verifier fails its self-test: ${misjudged.join('; ')}`)
}

function fetchNothing(): Promise<never> {
  return Promise.reject(new Error('the self-test fetches no keys'))
}

function jwksPool(pool: UserPoolConfig): JwksPool {
  return pool.jwksFile === undefined
    ? { id: pool.id, uris: jwksUrisOf(pool), insecureHttp: pool.insecureHttpKeys }
    : { id: pool.id, uris: [], file: pool.jwksFile }
}
