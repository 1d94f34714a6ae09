/**
 * The tokens of a session: whose they are, when they should be renewed, and whether new ones may take their place. Where the
 * session lives makes no difference here.
 */

import type { Reason } from '../../reasons.ts'
import type { Claims } from '../../tokens/claims.ts'
import type { Verified } from '../../tokens/verified.ts'
import type { Tokens } from '../oauth/cognito.ts'
import type { SignInVerifiers } from '../oauth/verify-tokens.ts'
import { callerOf, payloadOf, verifyAccessToken, verifyIdToken } from '../oauth/verify-tokens.ts'
import type { SessionRecord } from './record.ts'

export interface TokenRules {
  readonly verifiers: SignInVerifiers
  /** Tokens are renewed this long before they expire. */
  readonly aheadMs: number
  /** Claims of the ID token that are kept. */
  readonly claims: readonly string[]
  /** The ID token itself is kept too. */
  readonly keepsIdToken: boolean
}

export interface TokenFacts {
  readonly caller: Verified
  /** When the tokens should be renewed. */
  readonly renewAt: number
}

export interface Taken extends TokenFacts {
  readonly record: SessionRecord
}

/** `verified` is the access token of the record. */
export function describeTokens(rules: TokenRules, record: SessionRecord, verified: Verified): TokenFacts {
  return { caller: callerOf(rules.verifiers, verified, record.claims), renewAt: renewAt(rules, record, verified) }
}

/** What is found out about a record whose access token is still good; undefined for any other. */
export async function readTokens(
  rules: TokenRules,
  record: SessionRecord,
  now: number,
): Promise<TokenFacts | undefined> {
  const verified = await verifyAccessToken(rules.verifiers, record.accessToken, now)
  return verified.kind === 'verified' ? describeTokens(rules, record, verified) : undefined
}

/** Puts renewed tokens into a record, where they are good and of the same person. */
export async function takeTokens(
  rules: TokenRules,
  { record, tokens }: { readonly record: SessionRecord; readonly tokens: Tokens },
  now: number,
): Promise<Taken | 'session_invalid' | 'session_unavailable'> {
  const { verifiers } = rules
  const verified = await verifyAccessToken(verifiers, tokens.accessToken, now)
  if (verified.kind === 'rejected') return faultOf(verified.reason)
  const { subject } = verified
  // Tokens of somebody else, which no user pool should ever send.
  if (subject !== payloadOf(record.accessToken).sub) return 'session_invalid'
  const { idToken } = tokens
  const fresh = idToken === undefined ? undefined : await verifyIdToken(verifiers, idToken, { subject, now })
  if (typeof fresh === 'string') return faultOf(fresh)
  const renewed: SessionRecord = {
    ...record,
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken ?? record.refreshToken,
    ...idTokenOf(rules, tokens),
    claims: fresh ? chooseClaims(fresh, rules.claims) : record.claims,
  }
  return { record: renewed, ...describeTokens(rules, renewed, verified) }
}

export function idTokenOf({ keepsIdToken }: TokenRules, { idToken }: Tokens): Pick<SessionRecord, 'idToken'> {
  return { idToken: keepsIdToken ? idToken : undefined }
}

function faultOf(reason: Reason): 'session_invalid' | 'session_unavailable' {
  return passing.has(reason) ? 'session_unavailable' : 'session_invalid'
}

/**
 * The user pool may have a new key that is not known here yet; the list of revoked tokens may come back; the clock of this gate may be
 * behind.
 */
const passing: ReadonlySet<Reason> = new Set([
  'keys_unavailable',
  'key_unknown',
  'revocation_unavailable',
  'token_not_yet_valid',
])

export function chooseClaims(claims: Claims, names: readonly string[]): SessionRecord['claims'] {
  return Object.fromEntries(names.filter((name) => claims[name] !== undefined).map((name) => [name, claims[name]]))
}

/**
 * Not earlier than after 80 % of the token's life, and a little earlier for some sessions than for others, so that those
 * which began together do not all renew at once.
 */
function renewAt(
  { aheadMs, keepsIdToken }: TokenRules,
  record: SessionRecord,
  { expiresAtMs, token }: Verified,
): number {
  if (record.refreshToken === undefined) return expiresAtMs
  const { iat = 0 } = payloadOf(token)
  const idToken = keepsIdToken ? record.idToken : undefined
  const endsMs = idToken === undefined ? expiresAtMs : Math.min(expiresAtMs, payloadOf(idToken).exp * 1000)
  const ahead = Math.min(aheadMs, Math.max(0, endsMs - iat * 1000) / 5)
  const jitter = (Buffer.from(record.sid, 'base64url').readUInt8() / 255) * 0.5
  return endsMs - ahead * (1 - jitter)
}
