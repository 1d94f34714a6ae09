/**
 * From tokens that Cognito has sent to a session: both are verified first, and the session of somebody else in the same browser
 * ends.
 */
import type { Claims } from '../tokens/claims.ts'
import type { LoginRequest } from './answer.ts'
import type { Cognito, Tokens } from './oauth/cognito.ts'
import type { SignInVerifiers } from './oauth/verify-tokens.ts'
import { payloadOf, verifyAccessToken, verifyIdToken } from './oauth/verify-tokens.ts'
import { chooseClaims } from './session/session-tokens.ts'
import type { BrowserSessions } from './session/sessions.ts'

export interface BeginParts {
  readonly cognito: Pick<Cognito, 'revoke'>
  readonly sessions: BrowserSessions
  readonly verifiers: SignInVerifiers
  /** Claims of the ID token that a session keeps. */
  readonly claims: readonly string[]
}

/** The claims of the ID token, where both tokens are good and of one person; otherwise why not, for the log. */
export async function verifyTokens(
  { verifiers }: BeginParts,
  { accessToken, idToken }: Tokens,
  now: number,
): Promise<Claims | string> {
  const access = await verifyAccessToken(verifiers, accessToken, now)
  if (access.kind === 'rejected') return `the access token does not verify: ${access.reason}`
  if (idToken === undefined) return 'there is no ID token'
  const claims = await verifyIdToken(verifiers, idToken, { subject: access.subject, now })
  return typeof claims === 'string' ? `the ID token does not verify: ${claims}` : claims
}

export interface VerifiedTokens {
  readonly tokens: Tokens
  /** Of the ID token. */
  readonly claims: Claims
  /** What the sign-in asked for beyond a sign-in. */
  readonly asked?: string | undefined
}

/** Why tokens that verify begin no session. */
export const tooLarge = 'the tokens are larger than cookies can be, or than limits.headers leaves room for'

/** The cookies to set; undefined: `tooLarge`. Rejects with StoreAway. */
export async function beginSession(
  parts: BeginParts,
  { head, now }: LoginRequest,
  { tokens, claims, asked }: VerifiedTokens,
): Promise<readonly string[] | undefined> {
  const { cookie: header } = head.fields
  await endOther(parts, header, { sub: claims.sub, now })
  return parts.sessions.begin(tokens, { claims: chooseClaims(claims, parts.claims), asked }, { now, header })
}

interface Newcomer {
  readonly sub: unknown
  readonly now: number
}

/** Nobody could sign it out any more. */
async function endOther(
  { sessions, cognito }: BeginParts,
  header: string | undefined,
  { sub, now }: Newcomer,
): Promise<void> {
  const present = await sessions.peek(header, now)
  if (present === undefined || payloadOf(present.accessToken).sub === sub) return
  await sessions.end(header, now)
  if (present.refreshToken !== undefined) void cognito.revoke(present.refreshToken).catch(ignore)
}

function ignore(): void {
  // It is counted where Cognito is called.
}
