/** What an answer says of somebody who has signed in. Never a token. */
import { payloadOf } from '../../login/oauth/verify-tokens.ts'
import type { Verified } from '../../tokens/verified.ts'
import type { SignedIn } from '../call.ts'

/** Of a token that was verified, or that Cognito has sent a moment ago. */
export function factsOf(accessToken: string): object {
  const { username, sub, exp, scope, 'cognito:groups': groups } = payloadOf(accessToken)
  const scopes = typeof scope === 'string' ? scope.split(' ') : []
  return {
    user: { username, sub, groups: groups ?? [], scopes },
    expiresAt: new Date(Number(exp) * 1000).toISOString(),
  }
}

export function signedIn({ token, subject }: Verified, cookies: readonly string[] = []): SignedIn {
  return { accessToken: token, subject, cookies, facts: factsOf(token) }
}
