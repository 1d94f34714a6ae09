/**
 * Verifies a token. The steps in their order: caches, header, issuer, key, signature, times, claims. A rejected token
 * is a value, never an exception.
 */
import { createHmac, hash } from 'node:crypto'
import type { Config } from '../config/config.ts'
import type { Reason } from '../reasons.ts'
import type { Asks } from './asked/asked.ts'
import type { ClaimRules, NameClient } from './claim-rules.ts'
import { acceptsUse, refuseClaims } from './claim-rules.ts'
import type { Claims } from './claims.ts'
import { clientId as clientIdOf, readClaims, withDigits } from './claims.ts'
import type { CompactToken } from './compact.ts'
import { decodeCompact, refuseHeader } from './compact.ts'
import type { KeyLookup, PoolKeys, TrustedKey } from './keys/pool-keys.ts'
import type { RefusedTokens } from './refused-tokens.ts'
import type { Denylist } from './revocation/denylist.ts'
import type { Scratch } from './scratch.ts'
import type { SharedRights } from './shared-rights.ts'
import { isSignedBy } from './signature.ts'
import type { TokenCache } from './token-cache.ts'
import type { CallerNames, TokenIds, Verified } from './verified.ts'

export interface Rejected {
  readonly kind: 'rejected'
  readonly reason: Reason
  /** The app client that the token claims, as labels name it. Nobody has verified it. Absent where nothing can be read. */
  readonly client?: string
}

export type Verification = Verified | Rejected

export interface TrustedIssuer {
  readonly keys: PoolKeys
  readonly rules: ClaimRules
  /** In the place of `rules` where rules of the gate say which token uses they accept. */
  readonly rulesOfAnyUse: ClaimRules
}

export interface Verifier {
  readonly cache: TokenCache
  readonly refused: RefusedTokens
  /** By `iss` claim. A token of any other issuer is refused before a key is looked up. */
  readonly issuers: ReadonlyMap<string, TrustedIssuer>
  readonly toleranceMs: number
  /** Writes the `identityLines` of `Verified`. */
  readonly writeIdentity: (token: string, claims: Claims, pool: string) => string
  /** Undefined: no identity is signed. */
  readonly nameCaller: ((claims: Claims) => CallerNames) | undefined
  readonly loggedSubjectMode: Config['log']['subject']
  /** As `loggedSubject` takes it. */
  readonly subjectSecret: string | undefined
  /** The ids of a token are kept with it. */
  readonly keepsIds: boolean
  readonly rights: SharedRights
  readonly asks: Asks
  /** Undefined: no token is revoked here. */
  readonly denylist: Denylist | undefined
  readonly nameClient: NameClient
  /** Hears of each token that was verified and was not in the cache. It must not keep the claims. */
  readonly onVerified: OnVerified | undefined
  /** A signature that does not match may cause a fetch of the keys. Only the self-test, which fetches nothing, says no. */
  readonly asksAgain: boolean
  /** Has room for the longest token that is accepted. */
  readonly scratch: Scratch
}

/** `pool` is the id of the user pool, `now` milliseconds since the epoch. */
export type OnVerified = (claims: Claims, pool: string, now: number) => void

/** A token that was decoded and waits for its key. */
interface Attempt {
  readonly verifier: Verifier
  readonly token: string
  readonly compact: CompactToken
  readonly issuer: TrustedIssuer
  /** As `Rejected` has it. */
  readonly client: string
  readonly now: number
  /** Its key has been fetched because of this token. */
  readonly isLast?: true
}

/** Returns a promise only when the key of the token has to be fetched first. */
export function verifyToken(verifier: Verifier, token: string, now: number): Verification | Promise<Verification> {
  const cached = verifier.cache.get(token, now)
  if (cached) return recheck(verifier, cached, now)
  const known = verifier.refused.find(token, now)
  if (known) return rejected(known.reason, known.client)
  const compact = decodeCompact(token, verifier.scratch)
  if (compact === undefined) return rejected('token_malformed')
  const client = verifier.nameClient(clientIdOf(compact.payload as Claims))
  const refused = refuseHeader(compact.header)
  if (refused) return rejected(refused, client)
  const { iss } = compact.payload
  const issuer = typeof iss === 'string' ? verifier.issuers.get(iss) : undefined
  if (issuer === undefined) return rejected('issuer_unknown', client)
  const attempt: Attempt = { verifier, token, compact, issuer, client, now }
  const kid = String(compact.header.kid)
  const found = issuer.keys.find(kid, now)
  return found.kind === 'wait' ? issuer.keys.refetch(kid).then((late) => finish(attempt, late)) : finish(attempt, found)
}

/** A cached token is valid only while its key is trusted: keys may be withdrawn or become too old. */
function recheck({ denylist }: Verifier, cached: Verified, now: number): Verification {
  const refused = denylist?.refuses(cached, now)
  if (refused) return rejected(refused)
  return cached.keys.isTrusted(cached.key, now) ? cached : rejected('keys_unavailable')
}

function finish(attempt: Attempt, found: KeyLookup): Verification | Promise<Verification> {
  const { verifier, compact, client, now } = attempt
  if (found.kind === 'unavailable' || found.kind === 'wait') return rejected('keys_unavailable', client)
  if (found.kind === 'unknown') return rejected('key_unknown', client)
  const claims = readClaims(compact.payload)
  if (claims === undefined) return rejected('token_malformed', client)
  const reason = refuse(attempt, claims, found.key)
  if (reason === 'signature_invalid') return recheckKey(attempt, found.key)
  if (reason) return remember(attempt, found.key, reason)
  const verified = describe(attempt, claims, found.key)
  // Not remembered as refused: the list may change.
  const refused = verifier.denylist?.refuses(verified, now)
  if (refused) return rejected(refused, client)
  verifier.cache.set(verified, now)
  verifier.onVerified?.(claims, found.key.pool, now)
  return verified
}

/** Looks once more where the key is another one after a fetch. Fetches are as rare as those for unknown kids. */
function recheckKey(attempt: Attempt, key: TrustedKey): Verification | Promise<Verification> {
  const late = attempt.isLast || !attempt.verifier.asksAgain ? undefined : attempt.issuer.keys.recheck(key, attempt.now)
  if (late === undefined) return remember(attempt, key, 'signature_invalid')
  return late.then((found) => {
    const isSame = found.kind !== 'found' || found.key === key
    return isSame ? remember(attempt, key, 'signature_invalid') : finish({ ...attempt, isLast: true }, found)
  })
}

function refuse({ verifier, compact, issuer, now }: Attempt, claims: Claims, key: TrustedKey): Reason | undefined {
  if (!isSignedBy(key.publicKey, compact, verifier.scratch)) return 'signature_invalid'
  return (
    refuseTime(claims, now, verifier.toleranceMs) ??
    refuseClaims(claims, verifier.asks.isUse ? issuer.rulesOfAnyUse : issuer.rules)
  )
}

function remember({ verifier, token, issuer, client, now }: Attempt, key: TrustedKey, reason: Reason): Rejected {
  verifier.refused.add({ token, reason, key, keys: issuer.keys, client, foundAt: now }, verifier.scratch)
  return rejected(reason, client)
}

/**
 * All that is kept of a token: the other claims may be large and are not needed again. Frozen, because many requests
 * share it.
 */
function describe({ verifier, token, compact, issuer }: Attempt, claims: Claims, key: TrustedKey): Verified {
  const { clientId, scopes, groups } = verifier.rights.of(claims)
  const written = withDigits(compact.payloadText, claims)
  return Object.freeze({
    kind: 'verified',
    // Copied: V8 would otherwise keep the whole header string alive through a slice.
    token: verifier.scratch.copy(token),
    subject: claims.sub,
    loggedSubject: loggedSubject(claims.sub, verifier.loggedSubjectMode, verifier.subjectSecret),
    clientId,
    scopes,
    groups,
    identityLines: verifier.writeIdentity(token, written, key.pool),
    key,
    keys: issuer.keys,
    acr: typeof claims['acr'] === 'string' ? claims['acr'] : undefined,
    signedInAtMs: typeof claims['auth_time'] === 'number' ? claims['auth_time'] * 1000 : undefined,
    asked: verifier.asks.read(written, acceptsUse(issuer.rules, claims)),
    ids: verifier.keepsIds ? readIds(claims) : undefined,
    names: verifier.nameCaller?.(claims),
    expiresAtMs: claims.exp * 1000 + verifier.toleranceMs,
  })
}

function readIds({ jti, origin_jti: origin }: Claims): TokenIds {
  return { jti: typeof jti === 'string' ? jti : undefined, origin: typeof origin === 'string' ? origin : undefined }
}

/** RFC 7519 section 4.1.4: on or after `exp` the token is refused. */
function refuseTime(claims: Claims, now: number, toleranceMs: number): Reason | undefined {
  if (now >= claims.exp * 1000 + toleranceMs) return 'token_expired'
  const earliest = Math.max((claims.nbf ?? 0) * 1000, (claims.iat ?? 0) * 1000 - issuedAheadMs)
  return earliest - toleranceMs > now ? 'token_not_yet_valid' : undefined
}

/** How far the issuer's clock may be ahead of ours. Applies to `iat` only; `nbf` has the clock tolerance alone. */
const issuedAheadMs = 5 * 60_000

function rejected(reason: Reason, client?: string): Rejected {
  return client === undefined ? { kind: 'rejected', reason } : { kind: 'rejected', reason, client }
}

/** How many bytes of the SHA-256 are logged: enough to tell subjects apart. */
const hashedBytes = 8

/**
 * What lines of the log say of a subject: the subject itself, the first 16 hexadecimal digits of its SHA-256, or nothing
 * (undefined). With a secret it is the HMAC-SHA-256.
 */
export function loggedSubject(
  subject: string,
  mode: Config['log']['subject'],
  secret?: string | undefined,
): string | undefined {
  if (mode === 'none') return undefined
  if (mode === 'plain') return subject
  const bytes =
    secret === undefined ? hash('sha256', subject, 'buffer') : createHmac('sha256', secret).update(subject).digest()
  // The bytes are cut, not the text: a slice of the text would keep all of it in memory with the token.
  return bytes.toString('hex', 0, hashedBytes)
}
