/**
 * Refuses who may not sign in any more: an e-mail address that is not confirmed, or whose domain was taken off the list. The event
 * has no address of the network; for those use AWS WAF.
 */
import type { PreAuthenticationTriggerEvent } from 'aws-lambda'
import { hasAllowedDomain } from './email-domain.ts'

export async function handler(event: PreAuthenticationTriggerEvent): Promise<PreAuthenticationTriggerEvent> {
  const { userAttributes = {}, userNotFound } = event.request
  // Cognito refuses unknown users itself, with the words of a wrong password.
  if (userNotFound === true) return event
  const { email, email_verified: verified } = userAttributes
  if (verified === 'true' && hasAllowedDomain(email, process.env['EMAIL_DOMAINS'])) return event
  throw new Error('This account may not sign in')
}
