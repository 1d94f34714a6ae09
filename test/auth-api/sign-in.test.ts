/** Sign-in over the auth API, from the first call to a page of the service. */
import t from 'tap'
import { startAuthWorld, totpCode } from '../helpers/auth-world.ts'

const password = 'demo-password'

t.test('a password signs in, and the cookie opens the service at once', async (t) => {
  const { openBrowser, call, upstream, asked } = await startAuthWorld(t)
  const browser = openBrowser()
  const answer = await call(browser, 'sign-in', { username: 'alice', password })
  t.equal(answer.status, 200)
  t.match(answer.json, { status: 'signed-in', user: { username: 'alice', groups: ['admin'] } })
  t.notMatch(answer.body, 'eyJ', 'no token is in the answer')
  t.equal(answer.headers['cache-control'], 'no-store')
  t.same(
    asked('InitiateAuth').map(({ AuthFlow }) => AuthFlow),
    ['USER_PASSWORD_AUTH'],
  )
  t.equal((await browser.fetch('/orders')).status, 200)
  const { headers } = upstream.requests.at(-1) ?? {}
  t.match(headers, {
    'x-forwarded-user': 'alice',
    'x-forwarded-groups': 'admin',
    'x-forwarded-email': 'alice@example.com',
  })
  t.equal(headers?.cookie, undefined)
})

t.test('[api-01] a wrong password and an unknown user are the same to the caller', async (t) => {
  const { openBrowser, call } = await startAuthWorld(t)
  const known = await call(openBrowser(), 'sign-in', { username: 'alice', password: 'wrong-password' })
  const unknown = await call(openBrowser(), 'sign-in', { username: 'nobody', password: 'wrong-password' })
  for (const answer of [known, unknown]) {
    t.equal(answer.status, 401)
    t.equal(answer.json.code, 'invalid_credentials')
    t.equal(answer.headers['set-cookie'], undefined)
  }
  const shape = (answer: typeof known) => Object.keys(answer.json).join()
  t.equal(shape(known), shape(unknown))
  t.same(Object.keys(known.headers), Object.keys(unknown.headers))
})

t.test('a session ends at sign-out: here, at Cognito and in the browser', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t)
  const browser = openBrowser()
  await call(browser, 'sign-in', { username: 'alice', password })
  const copy = browser.cookie('__Host-cogate') ?? ''
  t.equal((await call(browser, 'session')).status, 200)
  const answer = await call(browser, 'sign-out', {})
  t.equal(answer.status, 204)
  t.equal(browser.cookie('__Host-cogate'), undefined)
  t.equal(asked('RevokeToken').length, 1)
  t.match(await call(browser, 'session'), { status: 401, json: { code: 'login_required' } })
  browser.setCookie('__Host-cogate', copy)
  t.match(await call(browser, 'session'), { status: 401, json: { code: 'session_expired' } })
})

t.test('a sign-out everywhere ends the other sessions at their next renewal', async (t) => {
  const { openBrowser, call, asked, clock } = await startAuthWorld(t)
  const [here, there] = [openBrowser(), openBrowser()]
  for (const browser of [here, there]) await call(browser, 'sign-in', { username: 'alice', password })
  t.equal((await call(here, 'sign-out', { everywhere: true })).status, 204)
  t.equal(asked('GlobalSignOut').length, 1)
  clock.advance(3_600_000)
  t.match(await call(there, 'session'), { status: 401, json: { code: 'session_expired' } })
})

t.test('a sign-out everywhere works with a session whose token has expired', async (t) => {
  const { openBrowser, call, clock } = await startAuthWorld(t)
  const [here, there] = [openBrowser(), openBrowser()]
  for (const browser of [here, there]) await call(browser, 'sign-in', { username: 'alice', password })
  clock.advance(3_600_000)
  t.equal((await call(here, 'sign-out', { everywhere: true })).status, 204)
  t.match(await call(there, 'session'), { status: 401, json: { code: 'session_expired' } })
})

t.test('sessions are renewed over the API of Cognito, without a domain', async (t) => {
  const { openBrowser, call, asked, clock } = await startAuthWorld(t, {
    client: { clientSecret: 'a+secret' },
    env: (issuer) => ({ COGATE_AUTH_API_ENDPOINT: issuer.url, COGATE_LOGIN_CLIENT_SECRET: 'a+secret' }),
  })
  const browser = openBrowser()
  await call(browser, 'sign-in', { username: 'alice', password })
  clock.advance(3_600_000)
  t.equal((await browser.fetch('/orders')).status, 200)
  t.match(asked('GetTokensFromRefreshToken'), [{ ClientSecret: 'a+secret' }])
  t.match(await call(browser, 'refresh', {}), { status: 200, json: { status: 'signed-in' } })
})

t.test('people without a session are sent to the page, and their way back is checked', async (t) => {
  const { openBrowser } = await startAuthWorld(t)
  const browser = openBrowser()
  const answer = await browser.fetch('/orders?page=2')
  t.equal(answer.status, 302)
  t.equal(answer.location, 'https://app.example.com/sign-in?returnTo=%2Forders%3Fpage%3D2')
  t.equal(
    (await browser.fetch('/_cogate/login?returnTo=//evil.example')).location,
    'https://app.example.com/sign-in?returnTo=%2F',
  )
  t.equal((await browser.fetch('/_cogate/callback?code=x&state=y')).status, 404)
  t.equal((await browser.fetch('/sign-in')).status, 200)
})

t.test('an authenticator app is asked for, and its code is good once', async (t) => {
  const { openBrowser, call, clock, issuer } = await startAuthWorld(t)
  const totpSecret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
  issuer.login.putUser({ username: 'dora', password, totpSecret, mfa: { enabled: ['SOFTWARE_TOKEN_MFA'] } })
  const browser = openBrowser()
  const first = await call(browser, 'sign-in', { username: 'dora', password })
  t.match(first.json, { status: 'challenge', challenge: { name: 'SOFTWARE_TOKEN_MFA' } })
  const { session } = first.json
  const wrong = await call(browser, 'challenge', { session, answer: { code: '000000' } })
  t.match(wrong, { status: 400, json: { code: 'code_invalid' } })
  const code = totpCode(totpSecret, clock.now())
  t.match(await call(browser, 'challenge', { session, answer: { code } }), {
    status: 200,
    json: { status: 'signed-in' },
  })
  t.match(await call(browser, 'challenge', { session, answer: { code } }), {
    status: 401,
    json: { code: 'challenge_expired' },
  })
  const again = await call(browser, 'sign-in', { username: 'dora', password })
  t.match(await call(browser, 'challenge', { session: again.json.session, answer: { code } }), {
    status: 400,
    json: { code: 'code_invalid' },
  })
})

t.test('a code by message is asked for: SMS, mail, or what the user chooses', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t)
  issuer.login.putUser({ username: 'sms', password, phone: '+15550123', mfa: { enabled: ['SMS_MFA'] } })
  issuer.login.putUser({ username: 'mail', password, email: 'm@example.com', mfa: { enabled: ['EMAIL_OTP'] } })
  issuer.login.putUser({
    username: 'both',
    password,
    email: 'b@example.com',
    mfa: { enabled: ['SMS_MFA', 'EMAIL_OTP'] },
  })
  for (const [username, name, medium] of [
    ['sms', 'SMS_MFA', 'SMS'],
    ['mail', 'EMAIL_OTP', 'EMAIL'],
  ] as const) {
    const browser = openBrowser()
    const { json } = await call(browser, 'sign-in', { username, password })
    t.match(json.challenge, { name, delivery: { medium } })
    const code = issuer.login.lastCode(username)
    t.match(await call(browser, 'challenge', { session: json.session, answer: { code } }), {
      status: 200,
      json: { status: 'signed-in' },
    })
  }
  const browser = openBrowser()
  const choice = await call(browser, 'sign-in', { username: 'both', password })
  t.match(choice.json.challenge, { name: 'SELECT_MFA_TYPE', choices: ['SMS_MFA', 'EMAIL_OTP'] })
  const sent = await call(browser, 'challenge', { session: choice.json.session, answer: { choice: 'EMAIL_OTP' } })
  t.match(sent.json.challenge, { name: 'EMAIL_OTP' })
  const code = issuer.login.lastCode('both')
  t.match(await call(browser, 'challenge', { session: sent.json.session, answer: { code } }), {
    json: { status: 'signed-in' },
  })
})

t.test('a first password is replaced, with the attributes that are missing', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t, { issuer: { requiredAttributes: ['name', 'email'] } })
  issuer.login.putUser({
    username: 'new',
    password: 'temporary-1',
    email: 'n@example.com',
    status: 'FORCE_CHANGE_PASSWORD',
  })
  const browser = openBrowser()
  const first = await call(browser, 'sign-in', { username: 'new', password: 'temporary-1' })
  t.match(first.json.challenge, { name: 'NEW_PASSWORD_REQUIRED', requiredAttributes: ['name'] })
  const answer = { newPassword: 'short', attributes: { name: 'New' } }
  t.match(await call(browser, 'challenge', { session: first.json.session, answer }), {
    status: 422,
    json: { code: 'password_policy' },
  })
  const better = { ...answer, newPassword: 'long-enough-1' }
  t.match(await call(browser, 'challenge', { session: first.json.session, answer: better }), {
    status: 200,
    json: { status: 'signed-in' },
  })
  t.match(issuer.login.findUser('new'), { name: 'New', password: 'long-enough-1' })
})

t.test('[mfa-01] a second factor is set up within the sign-in, with the newest session at each step', async (t) => {
  const { openBrowser, call, clock, asked } = await startAuthWorld(t, { issuer: { mfa: 'required' } })
  const browser = openBrowser()
  const first = await call(browser, 'sign-in', { username: 'alice', password })
  t.match(first.json.challenge, { name: 'MFA_SETUP', choices: ['SOFTWARE_TOKEN_MFA'] })
  const associated = await call(browser, 'totp/associate', { session: first.json.session })
  const { secret = '', otpauth = '' } = associated.json
  t.equal(otpauth, `otpauth://totp/app.example.com:alice?secret=${secret}&issuer=app.example.com`)
  t.match(await call(browser, 'totp/associate', { session: first.json.session }), {
    status: 401,
    json: { code: 'challenge_expired' },
  })
  const wrong = await call(browser, 'totp/verify', { session: associated.json.session, code: '000000' })
  t.match(wrong, { status: 400, json: { code: 'code_invalid' } })
  const verified = await call(browser, 'totp/verify', {
    session: associated.json.session,
    code: totpCode(secret, clock.now()),
    name: 'phone',
  })
  t.equal(verified.status, 200)
  const end = await call(browser, 'challenge', { session: verified.json.session, answer: {} })
  t.match(end, { status: 200, json: { status: 'signed-in' } })
  const sessions = [
    ...asked('AssociateSoftwareToken').slice(0, 1),
    ...asked('VerifySoftwareToken'),
    ...asked('RespondToAuthChallenge'),
  ].map(({ Session }) => Session)
  t.equal(new Set(sessions).size, 3, 'the code that was wrong keeps its session')
})

t.test('[api-05] the secret hash and the name are of one string, that of the challenge', async (t) => {
  const secret = {
    client: { clientSecret: 'a+secret' },
    env: (issuer: { url: string }) => ({
      COGATE_AUTH_API_ENDPOINT: issuer.url,
      COGATE_LOGIN_CLIENT_SECRET: 'a+secret',
    }),
  }
  const { openBrowser, call, issuer, asked } = await startAuthWorld(t, { ...secret, issuer: { signInBy: 'email' } })
  issuer.login.putUser({ username: '6f1b-id', password, email: 'eve@example.com', mfa: { enabled: ['EMAIL_OTP'] } })
  const browser = openBrowser()
  const first = await call(browser, 'sign-in', { username: 'eve@example.com', password })
  t.notMatch(first.body, '6f1b-id')
  const code = issuer.login.lastCode('6f1b-id')
  t.match(await call(browser, 'challenge', { session: first.json.session, answer: { code } }), {
    json: { status: 'signed-in' },
  })
  t.match(asked('RespondToAuthChallenge'), [{ ChallengeResponses: { USERNAME: '6f1b-id' } }])
})
