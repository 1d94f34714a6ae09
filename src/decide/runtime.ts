/**
 * The Runtime: everything that a request needs of the configuration, compiled once and never changed. Request code sees nothing
 * else of the configuration.
 */
import { isDeepStrictEqual as isSame } from 'node:util'
import type { Config, PathForm, UpstreamConfig } from '../config/config.ts'
import { signedHeaders } from '../config/published.ts'
import { revocationServer } from '../config/redis.ts'
import type { Credentials } from '../credentials/credentials.ts'
import { bearerAlone } from '../credentials/credentials.ts'
import { ConfigError } from '../errors.ts'
import type { AddedHeaders } from '../headers/added.ts'
import { compileAdded } from '../headers/added.ts'
import type { Cors } from '../headers/cors.ts'
import { compileCors } from '../headers/cors.ts'
import { compileTrust } from '../headers/forwarded.ts'
import type { IdentityTable } from '../headers/identity.ts'
import { compileIdentity } from '../headers/identity.ts'
import { quotedString } from '../headers/lines.ts'
import { compileOwnAddress } from '../headers/location.ts'
import { canonicalName } from '../headers/names.ts'
import type { HeaderRules } from '../headers/request.ts'
import type { Jwks } from '../tokens/keys/jwks.ts'
import type { Denylist } from '../tokens/revocation/denylist.ts'
import type { Verifier } from '../tokens/verify.ts'
import type { RuntimeParts } from './compile-verifier.ts'
import { compileAsks, compileVerifier, testVerifier } from './compile-verifier.ts'
import type { Sessions } from './decision.ts'
import type { Endpoints } from './endpoints.ts'
import { compileEndpoints } from './endpoints.ts'
import type { Matcher } from './match.ts'
import { compileMatcher } from './match.ts'
import type { Rates } from './rate-limiter.ts'
import { compileRates } from './rate-limiter.ts'

export interface Runtime {
  readonly limits: Config['limits']
  readonly endpoints: Endpoints
  readonly allowedPaths: ReadonlySet<PathForm>
  readonly passesPreflight: boolean
  /** Undefined: no origin is configured. */
  readonly cors: Cors | undefined
  readonly match: Matcher
  /** Where a request has its credential. */
  readonly credentials: Credentials
  readonly verifier: Verifier
  readonly headers: HeaderRules
  /** Those of further services, by name. */
  readonly furtherHeaders: ReadonlyMap<string, HeaderRules>
  /** Of challenges: a quoted string of RFC 9110. */
  readonly realm: string
  readonly rates: Rates
  readonly jwks: Jwks
  /** Undefined without browser sign-in. */
  readonly sessions: Sessions | undefined
}

/** What a gate has run with until now. */
export interface Before {
  readonly config: Config
  readonly runtime: Runtime
}

/**
 * Throws ConfigError where rules shadow one another, FaultError when the verifier misjudges a token. Reads the key
 * snapshot and key files, fetches nothing. Credentials are read from `Authorization: Bearer` alone, until `withCredentials` is asked. Keys, remembered tokens and rates of `before` go on where their settings are the same.
 */
export function compileRuntime(config: Config, parts: RuntimeParts, before?: Before): Runtime {
  testVerifier(config)
  const match = compileMatcher(config.routes, config.mode)
  const { verifier, jwks, identity } = knownVerifier(config, before) ?? newVerifier(config, parts, before)
  return {
    limits: config.limits,
    endpoints: compileEndpoints(config.endpoints.prefix, config.resourceMetadata.enabled),
    allowedPaths: new Set(config.paths.allow),
    passesPreflight: config.cors.preflight === 'pass',
    cors: compileCors(config.cors),
    match,
    credentials: bearerAlone,
    verifier,
    headers: compileHeaders(config, identity, config.upstream),
    furtherHeaders: new Map(config.upstreams.map((own) => [own.name, compileHeaders(config, identity, own)])),
    realm: quotedString(config.auth.realm),
    rates:
      isSame(before?.config.rateLimit, config.rateLimit) && before
        ? before.runtime.rates
        : compileRates(config.rateLimit),
    jwks,
    sessions: undefined,
  }
}

/** The same, reading credentials where the configuration says, and keeping them from every service. */
export function withCredentials(runtime: Runtime, credentials: Credentials): Runtime {
  const { withhold } = credentials
  const furtherHeaders = [...runtime.furtherHeaders].map(([name, rules]) => [name, { ...rules, withhold }] as const)
  return {
    ...runtime,
    credentials,
    headers: { ...runtime.headers, withhold },
    furtherHeaders: new Map(furtherHeaders),
  }
}

type VerifierParts = Pick<Runtime, 'verifier' | 'jwks'> & { readonly identity: IdentityTable }

/** Everything that the verdict on a token, or what is remembered of it, depends on. */
function verifierSettings(config: Config) {
  const { userPools, jwks, tokenCache, clockToleranceMs, identityHeaders, identityToken, limits, log } = config
  return {
    userPools,
    jwks,
    tokenCache,
    clockToleranceMs,
    identityHeaders,
    identityToken,
    tokenBytes: limits.tokenBytes,
    log,
    ...revocationSettings(config),
    asks: compileAsks(config).text,
  }
}

function knownVerifier(config: Config, before: Before | undefined): VerifierParts | undefined {
  if (before === undefined || !isSame(verifierSettings(before.config), verifierSettings(config))) return undefined
  const { verifier, jwks, headers } = before.runtime
  return { verifier, jwks, identity: headers.identity }
}

function newVerifier(config: Config, parts: RuntimeParts, before: Before | undefined): VerifierParts {
  const identity = compileIdentity(config.identityHeaders, {
    hasSeveralPools: config.userPools.length > 1,
    signed: signedHeaders(config),
  })
  const twice = findTwice(identity.names)
  if (twice !== undefined) throw signedTwice(twice)
  const { verifier, jwks } = compileVerifier(config, { ...parts, denylist: knownDenylist(config, before) }, identity)
  jwks.load()
  if (before) jwks.inherit(before.runtime.jwks)
  return { verifier, jwks, identity }
}

/** A list that is the same goes on, with what it holds. */
function knownDenylist(config: Config, before: Before | undefined): Denylist | undefined {
  if (before === undefined) return undefined
  const isKnown = isSame(revocationSettings(before.config), revocationSettings(config))
  return isKnown ? before.runtime.verifier.denylist : undefined
}

function revocationSettings(config: Config) {
  return { revocation: config.revocation, server: revocationServer(config) }
}

function findTwice(names: readonly string[]): string | undefined {
  const canonical = names.map(canonicalName)
  return names.find((_, index) => canonical.indexOf(canonical[index] ?? '') !== index)
}

/** The service would get the header twice, and could believe either. */
function signedTwice(found: string): ConfigError {
  const expected = 'a header that the identity headers do not set'
  const fix = 'identityToken: { header: X-Cogate-Identity }'
  return new ConfigError([{ key: 'identityToken.header', source: 'identityToken', found, expected, fix }])
}

function compileHeaders(config: Config, identity: IdentityTable, upstream: UpstreamConfig): HeaderRules {
  const added = compileAdded(upstream)
  const own = identity.names.find((name) => added.names.has(canonicalName(name)))
  if (own !== undefined) throw addedIdentity(own)
  return {
    identity,
    isTrusted: compileTrust(config.forwarded.trust),
    authorization: passedAuthorization(config, added),
    added,
    preserveHost: upstream.preserveHost,
    upstreamHost: upstreamHost(upstream.url),
    addsVia: config.forwarded.via,
    stripCookies: undefined,
    signIdentity: undefined,
    withhold: undefined,
    ownAddress: upstream.rewriteLocation === 'auto' ? compileOwnAddress(upstream.url) : undefined,
    kinds: new Map(),
  }
}

function passedAuthorization({ identityHeaders }: Config, { names }: AddedHeaders): HeaderRules['authorization'] {
  if (names.has('authorization')) return 'none'
  return identityHeaders.passToken ? 'all' : 'other than bearer'
}

/** The service would get the header twice, and could believe either. */
function addedIdentity(found: string): ConfigError {
  const expected = 'a header that the identity headers do not set'
  return new ConfigError([{ key: 'upstream.headers', source: 'upstream', found, expected, fix: `# delete ${found}` }])
}

function upstreamHost(url: string): string {
  return url.startsWith('unix:') ? 'localhost' : new URL(url).host
}
