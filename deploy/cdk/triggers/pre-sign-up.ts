/** Lets people sign up with an address of your company alone. What an administrator makes is not looked at. */
import type { PreSignUpTriggerEvent } from 'aws-lambda'
import { hasAllowedDomain } from './email-domain.ts'

/** The message of the error is shown to whoever signs up. */
export async function handler(event: PreSignUpTriggerEvent): Promise<PreSignUpTriggerEvent> {
  if (event.triggerSource === 'PreSignUp_AdminCreateUser') return event
  const { email } = event.request.userAttributes
  if (hasAllowedDomain(email, process.env['EMAIL_DOMAINS'])) return event
  throw new Error('Please use the e-mail address of your company')
}
