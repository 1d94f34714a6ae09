/** What an answer says of somebody who has signed in. Never a token. */
import { payloadOf } from '../../login/oauth/verify-tokens.ts'
import { groups, scopes } from '../../tokens/claims.ts'
import type { Verified } from '../../tokens/verified.ts'
import type { SignedIn } from '../call.ts'

/** Of a token that was verified, or that Cognito has sent a moment ago. */
export function factsOf(accessToken: string): object {
  const claims = payloadOf(accessToken)
  const { username, sub, exp } = claims
  return {
    user: { username, sub, groups: groups(claims), scopes: scopes(claims) },
    expiresAt: new Date(exp * 1000).toISOString(),
  }
}

export function signedIn({ token, subject }: Verified, more: Partial<SignedIn> = {}): SignedIn {
  return { accessToken: token, idToken: undefined, subject, cookies: [], facts: factsOf(token), ...more }
}
