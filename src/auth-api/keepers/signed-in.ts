/** What an answer says of somebody who has signed in. Never a token. */
import { payloadOf } from '../../login/oauth/verify-tokens.ts'
import { groups, scopes } from '../../tokens/claims.ts'
import type { Verified } from '../../tokens/verified.ts'
import type { SignedIn } from '../call.ts'

/** Of a token that was verified. */
export function factsOf(accessToken: string): object {
  const claims = payloadOf(accessToken)
  const { username, sub, exp } = claims
  return {
    user: { username, sub, groups: groups(claims), scopes: scopes(claims) },
    expiresAt: new Date(exp * 1000).toISOString(),
  }
}

/** Of a token that nobody has verified. Undefined: it is none that can be read. */
export function readFacts(accessToken: string): object | undefined {
  try {
    return factsOf(accessToken)
  } catch {
    return undefined
  }
}

export function signedIn({ token, subject }: Verified, more: Partial<SignedIn> = {}): SignedIn {
  return { accessToken: token, idToken: undefined, subject, cookies: [], facts: factsOf(token), ...more }
}
