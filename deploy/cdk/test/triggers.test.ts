/** Each trigger with the events of Cognito. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import type { UserMigrationTriggerEvent } from 'aws-lambda'
import { handler as postAuthentication } from '../triggers/post-authentication.ts'
import { handler as preAuthentication } from '../triggers/pre-authentication.ts'
import { handler as preSignUp } from '../triggers/pre-sign-up.ts'
import { handler as preTokenGeneration } from '../triggers/pre-token-generation.ts'
import { handler as userMigration } from '../triggers/user-migration.ts'
import * as events from './events.ts'

process.env['EMAIL_DOMAINS'] = 'example.com, example.co.jp'

/** A server on loopback; resolves with its address and what it was asked. */
async function serve(t: TestContext, status: number, answer: string) {
  const asked: { readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }[] = []
  const server = createServer(async (request, response) => {
    asked.push({ headers: request.headers, body: await text(request) })
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

test('an address of the company signs up; another one does not, however it is written', async () => {
  for (const email of ['anna@example.com', 'Anna@EXAMPLE.co.jp']) {
    const event = events.preSignUp('PreSignUp_SignUp', email)
    assert.equal(await preSignUp(event), event)
  }
  for (const email of [
    'a@example.org',
    'a@example.com.evil.org',
    'a@evil.org@example.com',
    'a@sub.example.com',
    '@example.com',
    'example.com',
    '',
    undefined,
  ]) {
    await assert.rejects(
      async () => preSignUp(events.preSignUp('PreSignUp_SignUp', email)),
      /e-mail address of your company/,
    )
  }
  await assert.rejects(async () => preSignUp(events.preSignUp('PreSignUp_ExternalProvider', 'a@example.org')))
})

test('an administrator makes any user', async () => {
  const event = events.preSignUp('PreSignUp_AdminCreateUser', 'partner@example.org')
  assert.equal(await preSignUp(event), event)
})

test('a confirmed sign-up gets a mail; a new password does not, and a mail that fails stops nothing', async (t) => {
  const mails = await serve(t, 200, '{"MessageId":"1"}')
  Object.assign(process.env, {
    ...{ AWS_REGION: 'ap-northeast-1', AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' },
    ...{ AWS_ENDPOINT_URL: mails.url, MAIL_FROM: 'no-reply@example.com', APP_URL: 'https://app.example.com/' },
  })
  const { handler } = await import('../triggers/post-confirmation.ts')
  const event = events.postConfirmation('PostConfirmation_ConfirmSignUp')
  assert.equal(await handler(event), event)
  const { FromEmailAddress, Destination, Content } = JSON.parse(mails.asked[0]?.body ?? '')
  assert.equal(FromEmailAddress, 'no-reply@example.com')
  assert.deepEqual(Destination, { ToAddresses: ['anna@example.com'] })
  assert.match(Content.Simple.Body.Text.Data, /https:\/\/app\.example\.com\//)
  await handler(events.postConfirmation('PostConfirmation_ConfirmForgotPassword'))
  assert.equal(mails.asked.length, 1)
})

test('a mail that cannot be sent stops no sign-up', async (t) => {
  const mails = await serve(t, 400, '{"__type":"MessageRejected","message":"anna@example.com is not verified"}')
  process.env['AWS_ENDPOINT_URL'] = mails.url
  const lines = t.mock.method(console, 'error', () => undefined).mock
  const { handler } = await import(`../triggers/post-confirmation.ts?${Math.random()}`)
  const event = events.postConfirmation('PostConfirmation_ConfirmSignUp')
  assert.equal(await handler(event), event)
  assert.doesNotMatch(String(lines.calls[0]?.arguments[0]), /anna/)
})

test('who is confirmed and still of the company signs in', async () => {
  const event = events.preAuthentication()
  assert.equal(await preAuthentication(event), event)
  for (const own of [{ email_verified: 'false' }, { email: 'anna@example.org' }] as Record<string, string>[])
    await assert.rejects(async () => preAuthentication(events.preAuthentication(own)), /may not sign in/)
})

test('of a user who does not exist, Cognito says what it says of a wrong password', async () => {
  const event = events.preAuthentication({ email: '' }, true)
  assert.equal(await preAuthentication(event), event)
})

test('a sign-in is one line without a name or an address', async (t) => {
  const lines = t.mock.method(console, 'log', () => undefined).mock
  const event = events.postAuthentication()
  assert.equal(await postAuthentication(event), event)
  const line = String(lines.calls[0]?.arguments[0])
  assert.deepEqual(JSON.parse(line), {
    event: 'signed_in',
    userPoolId: 'ap-northeast-1_AbCdEfGhI',
    clientId: '7h57kf5cf8b6sl9rexample',
    sub: 'a7e45ab0-d091-70c7-1111-000000000001',
    newDeviceUsed: false,
  })
})

test('a confirmed address comes into the access token; another one does not', async () => {
  type Event = Parameters<typeof preTokenGeneration>[0]
  const run = async (own?: Readonly<Record<string, string | undefined>>) =>
    (await preTokenGeneration(events.preTokenGeneration(own) as unknown as Event)).response
  assert.deepEqual(await run(), {
    claimsAndScopeOverrideDetails: {
      accessTokenGeneration: { claimsToAddOrOverride: { email: 'anna@example.com', email_verified: 'true' } },
    },
  })
  for (const own of [{ email_verified: 'false' }, { email: undefined }])
    assert.deepEqual(await run(own), { claimsAndScopeOverrideDetails: null })
})

test('a user of the older system comes over with the password that was typed', async (t) => {
  const older = await serve(t, 200, '{"email":"anna@example.com"}')
  process.env['LEGACY_USERS_URL'] = older.url
  const run = async (source: Parameters<typeof events.userMigration>[0]) =>
    (await userMigration(events.userMigration(source) as unknown as UserMigrationTriggerEvent)).response
  const userAttributes = { email: 'anna@example.com', email_verified: 'true' }
  assert.deepEqual(await run('UserMigration_Authentication'), {
    userAttributes,
    finalUserStatus: 'CONFIRMED',
    messageAction: 'SUPPRESS',
  })
  assert.deepEqual(JSON.parse(older.asked[0]?.body ?? ''), {
    username: 'anna@example.com',
    password: 'Correct-Horse-7',
  })
  assert.equal((await run('UserMigration_ForgotPassword')).finalUserStatus, 'RESET_REQUIRED')
  assert.deepEqual(JSON.parse(older.asked[1]?.body ?? ''), { username: 'anna@example.com' })
})

test('the older system refuses, or answers nonsense: one refusal', async (t) => {
  for (const [status, answer] of [
    [401, '{}'],
    [200, '{}'],
    [200, '{"email":"no address"}'],
  ] as const) {
    process.env['LEGACY_USERS_URL'] = (await serve(t, status, answer)).url
    const event = events.userMigration('UserMigration_Authentication') as unknown as UserMigrationTriggerEvent
    await assert.rejects(userMigration(event), /Wrong user name or password/)
  }
})
