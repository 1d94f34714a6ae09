/** `POST /auth/aws-credentials`: what a page needs to reach S3 and other services of AWS. No token of the user pool is in it. */
import type { LoginAnswer } from '../../login/answer.ts'
import { cookieLines } from '../../login/answer.ts'
import { payloadOf } from '../../login/oauth/verify-tokens.ts'
import type { Reason } from '../../reasons.ts'
import type { AuthCall } from '../call.ts'
import { isSignedIn, json, refuse } from '../call.ts'
import { outcomeOf } from '../errors.ts'

export async function awsCredentials({ keeper, request, identityPool, settings }: AuthCall): Promise<LoginAnswer> {
  const found = await keeper.open(request)
  if (!isSignedIn(found)) return found
  const { idToken, cookies } = found
  const refuseWith = (reason: Reason) => refuse(reason, cookieLines(cookies))
  // A session that began before its ID token was kept.
  if (identityPool === undefined || idToken === undefined) return refuseWith('session_expired')
  // Tokens are renewed ahead of their end; this one could not be.
  if (payloadOf(idToken).exp * 1000 <= request.now) return refuseWith('session_unavailable')
  try {
    const credentials = await identityPool.credentialsOf(idToken)
    return credentials === undefined ? refuseWith('pool_unavailable') : json(200, credentials, cookies)
  } catch (error) {
    const outcome = outcomeOf(error, 'identity', settings.reveal)
    return refuseWith(outcome === 'accepted' ? 'pool_unavailable' : outcome)
  }
}
