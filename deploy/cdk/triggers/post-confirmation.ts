/** Sends a welcome. A mail that cannot be sent must not stop a sign-up: Cognito would show an error to a user who is confirmed. */
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2'
import type { PostConfirmationTriggerEvent } from 'aws-lambda'

const ses = new SESv2Client({})

export async function handler(event: PostConfirmationTriggerEvent): Promise<PostConfirmationTriggerEvent> {
  const { email } = event.request.userAttributes
  // A new password is confirmed here too.
  if (event.triggerSource !== 'PostConfirmation_ConfirmSignUp' || email === undefined) return event
  try {
    await ses.send(new SendEmailCommand(welcome(email)))
  } catch (error) {
    console.error(JSON.stringify({ event: 'welcome_failed', error: (error as Error).name }))
  }
  return event
}

function welcome(email: string) {
  const { MAIL_FROM: from = '', APP_URL: url = '' } = process.env
  const text = `Welcome. Your account is ready: ${url}\n\nようこそ。アカウントの準備ができました: ${url}\n`
  return {
    FromEmailAddress: from,
    Destination: { ToAddresses: [email] },
    Content: { Simple: { Subject: { Data: 'Welcome / ようこそ' }, Body: { Text: { Data: text } } } },
  }
}
