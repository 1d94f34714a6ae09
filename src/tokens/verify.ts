/**
 * Token to Verified or Rejected: cache, issuer, key, signature, Cognito claims. Signature and claims are checked by
 * aws-jwt-verify; a rejected token is a value, never an exception, and is never remembered.
 */
import type { Reason } from '../reasons.ts'
import type { Claims } from './claims.ts'
import { readClaims } from './claims.ts'
import type { CognitoVerifier } from './cognito-verifier.ts'
import type { CompactToken } from './compact.ts'
import { decodeCompact, refuseHeader } from './compact.ts'
import { detach } from './held-bytes.ts'
import type { KeyLookup, PoolKeys } from './pool-keys.ts'
import type { TokenCache } from './token-cache.ts'
import type { Verified } from './verified.ts'

export interface Rejected {
  readonly kind: 'rejected'
  readonly reason: Reason
}

export interface Verifier {
  readonly cache: TokenCache
  readonly cognito: CognitoVerifier
  /** By issuer: a foreign `iss` finds nothing here and so never causes a key to be looked up. */
  readonly keysOf: ReadonlyMap<string, PoolKeys>
  readonly toleranceMs: number
}

/** Answers at once unless the key that signed the token has to be fetched first. */
export function verifyToken(verifier: Verifier, token: string, now: number): Verification | Promise<Verification> {
  const cached = verifier.cache.get(token, now)
  if (cached) return recheck(cached, now)
  const compact = decodeCompact(token)
  if (compact === undefined) return rejected('token_malformed')
  const refused = refuseHeader(compact.header)
  if (refused) return rejected(refused)
  const { iss } = compact.payload
  const keys = typeof iss === 'string' ? verifier.keysOf.get(iss) : undefined
  if (keys === undefined) return rejected('issuer_unknown')
  const attempt: Attempt = { verifier, token, compact, keys, now }
  const kid = String(compact.header.kid)
  const found = keys.find(kid, now)
  return found.kind === 'wait' ? keys.refetch(kid).then((late) => finish(attempt, late)) : finish(attempt, found)
}

export type Verification = Verified | Rejected

interface Attempt {
  readonly verifier: Verifier
  readonly token: string
  readonly compact: CompactToken
  readonly keys: PoolKeys
  readonly now: number
}

/** A cached token is as good as its key: keys that have gone stale stop vouching. */
function recheck(cached: Verified, now: number): Verification {
  return cached.keys.isTrusted(cached.key, now) ? cached : rejected('keys_unavailable')
}

function finish(attempt: Attempt, found: KeyLookup): Verification {
  if (found.kind === 'unavailable' || found.kind === 'wait') return rejected('keys_unavailable')
  if (found.kind === 'unknown') return rejected('key_unknown')
  const { verifier, compact, keys, now } = attempt
  const claims = readClaims(compact.payload)
  if (claims === undefined) return rejected('token_malformed')
  const refused = verifier.cognito.refuse({ ...compact, claims })
  if (refused) return rejected(refused)
  const early = refuseTime(claims, now, verifier.toleranceMs)
  if (early) return rejected(early)
  const expiresAtMs = claims.exp * 1000 + verifier.toleranceMs
  // Part of a header until here: remembered as it is, it would keep the whole header.
  const token = detach(attempt.token)
  const verified: Verified = { kind: 'verified', token, claims, key: found.key, keys, expiresAtMs }
  verifier.cache.set(verified, now)
  return verified
}

/** `exp` is required (the library would accept a token without it for ever); on or after it the token is refused. */
function refuseTime(claims: Claims, now: number, toleranceMs: number): Reason | undefined {
  if (now >= claims.exp * 1000 + toleranceMs) return 'token_expired'
  const earliest = Math.max((claims.nbf ?? 0) * 1000, (claims.iat ?? 0) * 1000 - issuedAheadMs)
  return earliest - toleranceMs > now ? 'token_not_yet_valid' : undefined
}

/** How far ahead of our clock the issuer's may run. */
const issuedAheadMs = 5 * 60_000

function rejected(reason: Reason): Rejected {
  return { kind: 'rejected', reason }
}
