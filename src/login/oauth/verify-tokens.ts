/**
 * Verifies what the token endpoint has sent, with the keys and the code that verify every token: the access token that
 * authorises, and the ID token whose claims the service sees.
 */

import type { UserPoolConfig } from '../../config/config.ts'
import type { IdentityTable } from '../../headers/identity.ts'
import { compileClaimRules } from '../../tokens/claim-rules.ts'
import type { Claims, ClaimValue } from '../../tokens/claims.ts'
import { withDigits } from '../../tokens/claims.ts'
import { issuersOf } from '../../tokens/keys/issuers.ts'
import { RefusedTokens } from '../../tokens/refused-tokens.ts'
import { TokenCache } from '../../tokens/token-cache.ts'
import type { Verified } from '../../tokens/verified.ts'
import type { Rejected, Verification, Verifier } from '../../tokens/verify.ts'
import { verifyToken } from '../../tokens/verify.ts'

export interface SignInVerifiers {
  readonly access: Verifier
  readonly id: Verifier
  readonly identity: IdentityTable
}

export interface SignInClient {
  readonly pool: UserPoolConfig
  readonly clientId: string
}

/** Sessions are remembered as a whole, so that a token is verified once: these caches stay small. */
const smallCache = { maxEntries: 100, maxBytes: 1024 ** 2, maxAgeMs: 60_000 }

/** `verifier` is the one of the gate; its keys are shared, its judgements are not, because the rules differ. */
export function compileSignInVerifiers(
  verifier: Verifier,
  identity: IdentityTable,
  { pool, clientId }: SignInClient,
): SignInVerifiers {
  const verifierOf = (tokenUse: 'access' | 'id'): Verifier => {
    const rules = compileClaimRules({ ...pool, tokenUse: [tokenUse], clientIds: [clientId], insecureAnyClient: false })
    const issuers = [...verifier.issuers]
      .filter(([issuer]) => issuersOf(pool).includes(issuer))
      .map(([issuer, { keys }]) => [issuer, { keys, rules, rulesOfAnyUse: rules }] as const)
    const caches = { cache: new TokenCache(smallCache), refused: new RefusedTokens(Math.random) }
    return { ...verifier, ...caches, issuers: new Map(issuers) }
  }
  return { access: verifierOf('access'), id: verifierOf('id'), identity }
}

/** The claims of an ID token that names this subject; for every other token why it is none. */
export async function verifyIdToken(
  { id }: SignInVerifiers,
  token: string,
  { subject, now }: { readonly subject: string; readonly now: number },
): Promise<Claims | Rejected['reason']> {
  const verification = await verifyToken(id, token, now)
  if (verification.kind === 'rejected') return verification.reason
  return verification.subject === subject ? writtenClaims(token) : 'session_invalid'
}

/** Returns a promise only when the key of the token has to be fetched. */
export function verifyAccessToken(
  { access }: SignInVerifiers,
  token: string,
  now: number,
): Verification | Promise<Verification> {
  return verifyToken(access, token, now)
}

/** Claims of an ID token that a session keeps. */
export type KeptClaims = Readonly<Record<string, ClaimValue | undefined>>

/** The caller of a session: the rights of its access token, and in its headers the claims of its ID token too. */
export function callerOf({ identity }: SignInVerifiers, verified: Verified, claims: KeptClaims): Verified {
  const { token, key } = verified
  const all = { ...claims, ...writtenClaims(token) }
  const names = verified.names && identity.namesFor(all)
  return Object.freeze({ ...verified, names, identityLines: identity.linesFor(token, all, key.pool) })
}

/** Only for a token that was verified. */
export function payloadOf(token: string): Claims {
  return JSON.parse(payloadText(token))
}

/** With every number as the token has it. */
function writtenClaims(token: string): Claims {
  return withDigits(payloadText(token), payloadOf(token))
}

function payloadText(token: string): string {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
}
