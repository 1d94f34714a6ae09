/** The table of refusals in docs/auth-api.md, row by row: what Cognito says, and what the caller gets. */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startAuthWorld } from '../helpers/auth-world.ts'
import { listenOnLoopback } from '../helpers/listen.ts'

const password = 'demo-password'
const good = {
  'sign-in': { username: 'alice', password },
  'sign-up': { username: 'gus', password: 'a-good-password', attributes: { email: 'g@example.com' } },
  confirm: { username: 'alice', code: '123456' },
  reset: { username: 'alice', code: '123456', newPassword: 'a-good-password' },
  forgot: { username: 'alice' },
  resend: { username: 'alice' },
  password: { current: password, newPassword: 'a-good-password' },
  mfa: { sms: { enabled: true } },
} as const
type Path = keyof typeof good

interface Row {
  readonly says: string
  readonly at: readonly Path[]
  readonly status: number
  readonly code?: string
  readonly message?: string
}

const signedIn: readonly Path[] = ['password', 'mfa']
const open: readonly Path[] = ['sign-in', 'sign-up', 'confirm', 'reset']
const all: readonly Path[] = [...open, ...signedIn]

const rows: readonly Row[] = [
  { says: 'NotAuthorized', at: ['sign-in', 'password'], status: 401, code: 'invalid_credentials' },
  { says: 'UserNotFound', at: ['sign-in'], status: 401, code: 'invalid_credentials' },
  { says: 'PasswordResetRequired', at: ['sign-in'], status: 401, code: 'invalid_credentials' },
  { says: 'UserNotConfirmed', at: ['sign-in'], status: 401, code: 'invalid_credentials' },
  { says: 'CodeMismatch', at: ['confirm', 'reset'], status: 400, code: 'code_invalid' },
  { says: 'ExpiredCode', at: ['confirm', 'reset'], status: 400, code: 'code_invalid' },
  { says: 'UserNotFound', at: ['confirm', 'reset'], status: 400, code: 'code_invalid' },
  { says: 'NotAuthorized', at: ['confirm', 'reset'], status: 400, code: 'code_invalid' },
  { says: 'UserNotConfirmed', at: ['reset'], status: 400, code: 'code_invalid' },
  { says: 'LimitExceeded', at: ['confirm', 'reset'], status: 400, code: 'code_invalid' },
  { says: 'TooManyFailedAttempts', at: ['confirm', 'reset'], status: 400, code: 'code_invalid' },
  { says: 'LimitExceeded', at: ['sign-in'], status: 401, code: 'invalid_credentials' },
  { says: 'AliasExists', at: ['confirm'], status: 400, code: 'code_invalid' },
  { says: 'UsernameExists', at: ['sign-up'], status: 200 },
  { says: 'CodeDeliveryFailure', at: ['sign-up'], status: 200 },
  { says: 'UserNotFound', at: ['forgot', 'resend'], status: 202 },
  { says: 'InvalidParameter', at: ['forgot', 'resend'], status: 202 },
  { says: 'CodeDeliveryFailure', at: ['forgot', 'resend'], status: 202 },
  { says: 'LimitExceeded', at: ['forgot', 'resend'], status: 202 },
  { says: 'NotAuthorized', at: ['forgot', 'resend'], status: 202 },
  { says: 'InvalidPassword', at: ['sign-up', 'reset', 'password'], status: 422, code: 'password_policy' },
  { says: 'PasswordHistoryPolicyViolation', at: ['reset', 'password'], status: 422, code: 'password_policy' },
  { says: 'InvalidParameter', at: all, status: 400, code: 'request_invalid' },
  { says: 'UserLambdaValidation', at: all, status: 403, code: 'rejected_by_pool' },
  { says: 'UserLambdaValidation', at: ['forgot', 'resend'], status: 202 },
  { says: 'UnexpectedLambda', at: ['forgot', 'resend'], status: 202 },
  { says: 'InvalidLambdaResponse', at: ['forgot', 'resend'], status: 202 },
  { says: 'InvalidSmsRoleAccessPolicy', at: ['forgot', 'resend'], status: 202 },
  { says: 'InvalidEmailRoleAccessPolicy', at: ['forgot', 'resend'], status: 202 },
  { says: 'NotAuthorized', at: ['sign-up'], status: 403, code: 'rejected_by_pool' },
  { says: 'NotAuthorized', at: ['mfa'], status: 401, code: 'session_expired' },
  { says: 'LimitExceeded', at: ['sign-up', ...signedIn], status: 429, code: 'too_many_attempts' },
  { says: 'TooManyRequests', at: [...all, 'forgot'], status: 503, code: 'busy' },
  { says: 'Forbidden', at: [...all, 'resend'], status: 403, code: 'blocked' },
  { says: 'ResourceNotFound', at: [...all, 'forgot'], status: 500, code: 'misconfigured' },
  { says: 'FeatureUnavailableInTier', at: ['sign-in'], status: 500, code: 'misconfigured' },
  { says: 'InvalidSmsRoleAccessPolicy', at: ['sign-up'], status: 500, code: 'misconfigured' },
  {
    says: 'NotAuthorized',
    at: ['sign-in', 'forgot'],
    message: 'SecretHash does not match',
    status: 500,
    code: 'misconfigured',
  },
  { says: 'InternalError', at: [...all, 'forgot'], status: 502, code: 'pool_unavailable' },
  { says: 'UnexpectedLambda', at: all, status: 502, code: 'pool_unavailable' },
]

t.test('each error of Cognito has its answer, which shows nothing of its text', async (t) => {
  const { openBrowser, call, issuer, clock } = await startAuthWorld(t)
  const browser = openBrowser()
  await call(browser, 'sign-in', good['sign-in'])
  for (const { says, at, status, code, message = 'HIDDEN text of Cognito' } of rows) {
    for (const path of at) {
      // No failure counts for the next row.
      clock.advance(3_600_000)
      await call(browser, 'sign-in', good['sign-in'])
      issuer.login.failNextCall({ type: `${says}Exception`, message, operation: operationOf[path] })
      const answer = await call(browser, path, good[path])
      t.match({ status: answer.status, code: answer.json.code }, { status, code }, `${says} at ${path}`)
      t.notMatch(answer.body, /HIDDEN|Cognito|Exception|alice|gus/, `${says} at ${path}`)
    }
  }
})

const operationOf: Readonly<Record<Path, string>> = {
  'sign-in': 'InitiateAuth',
  'sign-up': 'SignUp',
  confirm: 'ConfirmSignUp',
  reset: 'ConfirmForgotPassword',
  forgot: 'ForgotPassword',
  resend: 'ResendConfirmationCode',
  password: 'ChangePassword',
  mfa: 'SetUserMFAPreference',
}

t.test('errors within a sign-in: a challenge, and the set-up of an authenticator app', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t, { issuer: { mfa: 'required' } })
  const browser = openBrowser()
  const steps = [
    { path: 'challenge', body: { answer: {} }, operation: 'RespondToAuthChallenge' },
    { path: 'totp/associate', body: {}, operation: 'AssociateSoftwareToken' },
    { path: 'totp/verify', body: { code: '123456' }, operation: 'VerifySoftwareToken' },
  ]
  for (const { path, body, operation } of steps) {
    for (const [says, status, code] of [
      ['NotAuthorized', 401, 'challenge_expired'],
      ['CodeMismatch', 400, 'code_invalid'],
      ['EnableSoftwareTokenMFA', 400, 'code_invalid'],
      ['InternalError', 502, 'pool_unavailable'],
    ] as const) {
      const { json } = await call(browser, 'sign-in', { username: 'alice', password })
      issuer.login.failNextCall({ type: `com.amazonaws.x#${says}Exception`, operation })
      t.match(
        await call(browser, path, { session: json.session, ...body }),
        { status, json: { code } },
        `${says} at ${path}`,
      )
    }
  }
})

t.test('Cognito that answers slowly, not at all, or not as JSON is 502', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t, {
    env: (at) => ({ COGATE_AUTH_API_ENDPOINT: at.url, COGATE_LOGIN_REFRESH_TIMEOUT: '300ms' }),
  })
  const browser = openBrowser()
  for (const fault of ['hang', 'close', 500, 200] as const) {
    issuer.login.failNext(fault, { at: 'api' })
    const answer = await call(browser, 'sign-in', { username: 'alice', password })
    t.match(answer, { status: 502, json: { code: 'pool_unavailable' } }, String(fault))
  }
  issuer.login.release()
  for (const [fault, status, code] of [
    [403, 403, 'blocked'],
    [429, 503, 'busy'],
  ] as const) {
    issuer.login.failNext(fault, { at: 'api' })
    t.match(await call(browser, 'sign-in', { username: 'alice', password }), { status, json: { code } })
  }
})

t.test('an error that has the name of something else of JavaScript is one that nobody knows', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t)
  for (const type of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    issuer.login.failNextCall({ type })
    const answer = await call(openBrowser(), 'sign-in', { username: type, password })
    t.match(answer, { status: 502, json: { code: 'pool_unavailable' } }, type)
  }
})

t.test('a challenge that cogate does not have is 501, and no failure of the user', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t)
  issuer.login.putUser({ username: 'srp', password, mfa: { enabled: ['PASSWORD_VERIFIER' as 'SMS_MFA'] } })
  t.match(await call(openBrowser(), 'sign-in', { username: 'srp', password }), {
    status: 501,
    json: { code: 'challenge_unsupported' },
  })
})

t.test('a sign-out succeeds for the person, whatever Cognito does', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t)
  const browser = openBrowser()
  await call(browser, 'sign-in', { username: 'alice', password })
  issuer.login.failNextCall({ type: 'InternalErrorException', operation: 'RevokeToken' })
  t.match(await call(browser, 'sign-out', {}), { status: 204 })
  t.match(await call(browser, 'session'), { status: 401 })
  t.match(await call(browser, 'sign-out', { everywhere: true }), { status: 204 }, 'without a session too')
})

t.test('with authApi.reveal the limits of a user, and what keeps a message from being sent, are shown', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t, {
    env: (at) => ({ COGATE_AUTH_API_ENDPOINT: at.url, COGATE_AUTH_API_REVEAL: 'true', COGATE_AUTH_API_MIN_TIME: '0s' }),
  })
  for (const [says, path, status, code] of [
    ['LimitExceeded', 'reset', 429, 'too_many_attempts'],
    ['TooManyFailedAttempts', 'confirm', 429, 'too_many_attempts'],
    ['LimitExceeded', 'sign-in', 429, 'too_many_attempts'],
    ['UserNotConfirmed', 'reset', 403, 'confirmation_required'],
    ['UnexpectedLambda', 'forgot', 502, 'pool_unavailable'],
    ['UserLambdaValidation', 'resend', 403, 'rejected_by_pool'],
    ['InvalidSmsRoleAccessPolicy', 'forgot', 500, 'misconfigured'],
  ] as const) {
    issuer.login.failNextCall({ type: `${says}Exception`, operation: operationOf[path] })
    t.match(await call(openBrowser(), path, good[path]), { status, json: { code } }, `${says} at ${path}`)
  }
})

t.test(
  'a sign-out everywhere that Cognito does not do ends the session here, and says that others may go on',
  async (t) => {
    const { openBrowser, call, issuer, asked } = await startAuthWorld(t)
    const browser = openBrowser()
    await call(browser, 'sign-in', { username: 'alice', password })
    issuer.login.failNextCall({ type: 'InternalErrorException', operation: 'GlobalSignOut' })
    t.match(await call(browser, 'sign-out', { everywhere: true }), { status: 502, json: { code: 'pool_unavailable' } })
    t.equal(browser.cookie('__Host-cogate'), undefined)
    t.equal(asked('RevokeToken').length, 1, 'its own refresh token is revoked all the same')
  },
)

t.test('a sign-out everywhere without a refresh token says that its access token has expired', async (t) => {
  const place = { url: '' }
  const pool = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target'])
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
    const answer = await fetch(place.url, { method: 'POST', headers, body: await text(request) })
    const json = (await answer.json()) as { AuthenticationResult?: { RefreshToken?: string } }
    if (json.AuthenticationResult) delete json.AuthenticationResult.RefreshToken
    response.writeHead(answer.status).end(JSON.stringify(json))
  })
  const { port } = await listenOnLoopback(t, pool)
  const { openBrowser, call, clock, issuer, asked } = await startAuthWorld(t, {
    env: { COGATE_AUTH_API_ENDPOINT: `http://127.0.0.1:${port}` },
  })
  place.url = issuer.url
  const browser = openBrowser()
  t.match(await call(browser, 'sign-in', { username: 'alice', password }), { status: 200 })
  clock.advance(3_600_000)
  const answer = await call(browser, 'sign-out', { everywhere: true })
  t.match(answer, { status: 401, json: { code: 'session_expired' } })
  t.same(asked('GetTokensFromRefreshToken'), [])
})

t.test('the log names what has to be mended, and nothing that a caller can cause', async (t) => {
  const { openBrowser, call, issuer, gate } = await startAuthWorld(t)
  const said = () => gate.lines.filter(({ msg }) => msg === 'Cognito call failed').map(({ detail }) => detail)
  for (const type of ['ResourceNotFoundException', 'UnexpectedLambdaException', 'InternalErrorException']) {
    issuer.login.failNextCall({ type })
    await call(openBrowser(), 'sign-in', { username: 'alice', password })
  }
  issuer.login.failNextCall({ type: 'NotAuthorizedException', message: 'SecretHash does not match' })
  await call(openBrowser(), 'sign-in', { username: 'alice', password })
  t.same(said(), ['ResourceNotFound', 'UnexpectedLambda', 'InternalError', 'the secret of the app client'])
  for (const type of [
    'NotAuthorizedException',
    'UserLambdaValidationException',
    'InvalidParameterException',
    'LimitExceededException',
  ]) {
    issuer.login.failNextCall({ type })
    await call(openBrowser(), 'sign-in', { username: 'bob', password })
  }
  t.equal(said().length, 4)
})
