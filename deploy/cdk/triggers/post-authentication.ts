/** Writes one line for each sign-in, without a name or an address: `sub` is enough to find the user. */
import type { PostAuthenticationTriggerEvent } from 'aws-lambda'

export async function handler(event: PostAuthenticationTriggerEvent): Promise<PostAuthenticationTriggerEvent> {
  const { userPoolId, callerContext, request } = event
  const { clientId } = callerContext
  const { userAttributes, newDeviceUsed } = request
  console.log(JSON.stringify({ event: 'signed_in', userPoolId, clientId, sub: userAttributes['sub'], newDeviceUsed }))
  return event
}
