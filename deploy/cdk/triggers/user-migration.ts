/**
 * Takes over a user of an older system at the first sign-in, with the password that was typed. The older system answers
 * POST { username, password? } with 200 { email } or another status. Whoever can answer in its place makes users here.
 */
import type { UserMigrationTriggerEvent } from 'aws-lambda'

const refusal = 'Wrong user name or password'

export async function handler(event: UserMigrationTriggerEvent): Promise<UserMigrationTriggerEvent> {
  const isSignIn = event.triggerSource === 'UserMigration_Authentication'
  const email = await askOlderSystem(event.userName, isSignIn ? event.request.password : undefined)
  event.response.userAttributes = { email, email_verified: 'true' }
  // Who has forgotten the password gets a code, and sets a new one.
  event.response.finalUserStatus = isSignIn ? 'CONFIRMED' : 'RESET_REQUIRED'
  event.response.messageAction = 'SUPPRESS'
  return event
}

/** One refusal for all reasons: who asks does not learn which users there are. */
async function askOlderSystem(username: string, password: string | undefined): Promise<string> {
  const answer = await fetch(process.env['LEGACY_USERS_URL'] ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
    redirect: 'error',
    signal: AbortSignal.timeout(4000),
  })
  if (!answer.ok) throw new Error(refusal)
  const { email } = (await answer.json()) as { readonly email?: unknown }
  if (typeof email !== 'string' || !/^[^@\s]+@[^@\s]+$/.test(email)) throw new Error(refusal)
  return email
}
