/**
 * Puts a confirmed e-mail address into the access token, where cogate finds it for the identity headers. Version V2_0; needs the plan
 * Essentials.
 */
import type { PreTokenGenerationV2TriggerEvent } from 'aws-lambda'

export async function handler(event: PreTokenGenerationV2TriggerEvent): Promise<PreTokenGenerationV2TriggerEvent> {
  const { email, email_verified: verified } = event.request.userAttributes
  if (email === undefined || verified !== 'true') return event
  const claimsToAddOrOverride = { email, email_verified: 'true' }
  event.response = { claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride } } }
  return event
}
