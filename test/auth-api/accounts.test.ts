/** From a new account to another password and an authenticator app, over the auth API. */
import t from 'tap'
import { startAuthWorld, totpCode } from '../helpers/auth-world.ts'

const password = 'demo-password'

t.test('a new user signs up, confirms and signs in', async (t) => {
  const { openBrowser, call, issuer, asked } = await startAuthWorld(t)
  const browser = openBrowser()
  const attributes = { email: 'fay@example.com', name: 'Fay' }
  const made = await call(browser, 'sign-up', { username: 'fay', password: 'a-good-password', attributes })
  t.equal(made.status, 200)
  t.same(made.json, { confirmed: false, delivery: { medium: 'EMAIL', destination: 'f***@e***' } })
  t.match(asked('SignUp'), [{ UserAttributes: [{ Name: 'email', Value: 'fay@example.com' }, { Name: 'name' }] }])
  t.match(await call(browser, 'sign-in', { username: 'fay', password: 'a-good-password' }), { status: 401 })
  const first = issuer.login.lastCode('fay')
  t.match(await call(browser, 'resend', { username: 'fay' }), { status: 202, body: '' })
  const code = issuer.login.lastCode('fay')
  t.not(code, first)
  const wrong = await call(browser, 'confirm', { username: 'fay', code: 'x' })
  t.match(wrong, { status: 400, json: { code: 'code_invalid' } })
  t.match(await call(browser, 'confirm', { username: 'fay', code }), { status: 204, body: '' })
  const answer = await call(browser, 'sign-in', { username: 'fay', password: 'a-good-password' })
  t.match(answer.json, { status: 'signed-in', user: { username: 'fay' } })
})

t.test('a forgotten password is reset with the code that was sent', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t)
  const browser = openBrowser()
  t.match(await call(browser, 'forgot', { username: 'alice' }), { status: 202, body: '' })
  const code = issuer.login.lastCode('alice')
  const weak = await call(browser, 'reset', { username: 'alice', code, newPassword: 'short' })
  t.match(weak, { status: 422, json: { code: 'password_policy' } })
  t.match(await call(browser, 'reset', { username: 'alice', code, newPassword: 'another-password' }), { status: 204 })
  t.match(await call(browser, 'sign-in', { username: 'alice', password }), { status: 401 })
  t.match(await call(browser, 'sign-in', { username: 'alice', password: 'another-password' }), { status: 200 })
})

t.test('somebody who has signed in changes the password, and guesses at the old one are counted', async (t) => {
  const { openBrowser, call, clock } = await startAuthWorld(t)
  const browser = openBrowser()
  t.match(await call(browser, 'password', { current: password, newPassword: 'another-password' }), {
    status: 401,
    json: { code: 'login_required' },
  })
  await call(browser, 'sign-in', { username: 'alice', password })
  for (let count = 0; count < 5; count++) {
    t.match(await call(browser, 'password', { current: `guess ${count}`, newPassword: 'another-password' }), {
      status: 401,
      json: { code: 'invalid_credentials' },
    })
  }
  const change = { current: password, newPassword: 'another-password' }
  t.match(await call(browser, 'password', change), { status: 429, headers: { 'retry-after': '1' } })
  clock.advance(1000)
  t.match(await call(browser, 'password', change), { status: 204 })
  t.match(await call(browser, 'session'), { status: 200 }, 'the session goes on')
})

t.test('an authenticator app is set up by somebody who has signed in, and asked for from then on', async (t) => {
  const { openBrowser, call, clock, issuer } = await startAuthWorld(t, {
    env: (at) => ({ COGATE_AUTH_API_ENDPOINT: at.url, COGATE_AUTH_API_TOTP_ISSUER: 'Example & Co: a shop' }),
  })
  const browser = openBrowser()
  t.match(await call(browser, 'totp/associate', {}), { status: 401, json: { code: 'login_required' } })
  await call(browser, 'sign-in', { username: 'bob', password })
  t.match(await call(browser, 'mfa', { totp: { enabled: true } }), { status: 400, json: { code: 'request_invalid' } })
  const { json } = await call(browser, 'totp/associate', {})
  const { secret = '', otpauth = '' } = json
  t.equal(new URL(otpauth).searchParams.get('issuer'), 'Example & Co: a shop')
  t.match(otpauth, /^otpauth:\/\/totp\/Example%20%26%20Co%3A%20a%20shop:bob\?/)
  t.notMatch(otpauth, /\+/)
  t.match(await call(browser, 'totp/verify', { code: '000000' }), { status: 400, json: { code: 'code_invalid' } })
  const verified = await call(browser, 'totp/verify', { code: totpCode(secret, clock.now()), name: 'phone' })
  t.match(verified, { status: 200, json: { status: 'verified' } })
  const wish = { totp: { enabled: true, preferred: true }, sms: { enabled: false }, email: { enabled: false } }
  t.match(await call(browser, 'mfa', wish), { status: 204, body: '' })
  t.match(issuer.login.findUser('bob')?.mfa, { enabled: ['SOFTWARE_TOKEN_MFA'], preferred: 'SOFTWARE_TOKEN_MFA' })
  const again = await call(openBrowser(), 'sign-in', { username: 'bob', password })
  t.match(again.json.challenge, { name: 'SOFTWARE_TOKEN_MFA' })
})

t.test('authApi.flow choice: a password at once, a code without one, or a choice', async (t) => {
  const { openBrowser, call, issuer, asked } = await startAuthWorld(t, {
    env: (at) => ({ COGATE_AUTH_API_ENDPOINT: at.url, COGATE_AUTH_API_FLOW: 'choice' }),
  })
  const browser = openBrowser()
  t.match(await call(browser, 'sign-in', { username: 'alice', password }), { json: { status: 'signed-in' } })
  t.match(asked('InitiateAuth'), [{ AuthFlow: 'USER_AUTH', AuthParameters: { PREFERRED_CHALLENGE: 'PASSWORD' } }])

  const mailed = await call(browser, 'sign-in', { username: 'alice', preferred: 'EMAIL_OTP' })
  t.match(mailed.json.challenge, { name: 'EMAIL_OTP', delivery: { medium: 'EMAIL', destination: 'a***@e***' } })
  const answer = { code: issuer.login.lastCode('alice') }
  t.match(await call(browser, 'challenge', { session: mailed.json.session, answer }), { json: { status: 'signed-in' } })

  const open = await call(browser, 'sign-in', { username: 'alice' })
  t.match(open.json.challenge, { name: 'SELECT_CHALLENGE', choices: ['PASSWORD', 'EMAIL_OTP'] })
  const wrong = { session: open.json.session, answer: { choice: 'PASSWORD', password: 'wrong-password' } }
  t.match(await call(browser, 'challenge', wrong), { status: 401, json: { code: 'invalid_credentials' } })
  const second = await call(browser, 'sign-in', { username: 'alice' })
  const right = { session: second.json.session, answer: { choice: 'PASSWORD', password } }
  t.match(await call(browser, 'challenge', right), { status: 200, json: { status: 'signed-in' } })
  const third = await call(browser, 'sign-in', { username: 'alice' })
  const sent = await call(browser, 'challenge', { session: third.json.session, answer: { choice: 'EMAIL_OTP' } })
  t.match(sent.json.challenge, { name: 'EMAIL_OTP' })

  const asks = await call(browser, 'sign-in', { username: 'alice', preferred: 'PASSWORD' })
  t.match(asks.json.challenge, { name: 'PASSWORD' })
  const given = { session: asks.json.session, answer: { password } }
  t.match(await call(browser, 'challenge', given), { json: { status: 'signed-in' } })
})

t.test('without authApi.flow choice a sign-in has a password', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t)
  t.match(await call(openBrowser(), 'sign-in', { username: 'alice' }), {
    status: 400,
    json: { code: 'request_invalid' },
  })
  t.same(asked('InitiateAuth'), [])
})

t.test('with authApi.reveal the answers say more', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t, {
    env: (at) => ({ COGATE_AUTH_API_ENDPOINT: at.url, COGATE_AUTH_API_REVEAL: 'true', COGATE_AUTH_API_MIN_TIME: '0s' }),
  })
  const browser = openBrowser()
  const taken = await call(browser, 'sign-up', { username: 'alice', password: 'a-good-password' })
  t.match(taken, { status: 409, json: { code: 'username_exists' } })
  issuer.login.putUser({ username: 'new', password, status: 'UNCONFIRMED' })
  issuer.login.putUser({ username: 'old', password, status: 'RESET_REQUIRED' })
  const fresh = await call(browser, 'sign-in', { username: 'new', password })
  t.match(fresh, { status: 403, json: { code: 'confirmation_required' } })
  t.match(await call(browser, 'sign-in', { username: 'old', password }), {
    status: 403,
    json: { code: 'reset_required' },
  })
})

t.test('another user in the same browser ends the session of the first', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t)
  const browser = openBrowser()
  await call(browser, 'sign-in', { username: 'alice', password })
  const before = browser.cookie('__Host-cogate') ?? ''
  await call(browser, 'sign-in', { username: 'bob', password })
  t.match(await call(browser, 'session'), { json: { user: { username: 'bob' } } })
  t.equal(asked('RevokeToken').length, 1)
  browser.setCookie('__Host-cogate', before)
  t.match(await call(browser, 'session'), { status: 401 })
})
