/**
 * Attack: guess passwords and codes, one after the other or all at once, and make the pool send messages. A green run proves
 * that Cognito is asked only so often, for names that exist and for names that do not.
 */
import { createServer } from 'node:http'
import t from 'tap'
import { startAuthWorld, totpCode } from '../helpers/auth-world.ts'
import { listenOnLoopback } from '../helpers/listen.ts'

const password = 'demo-password'

for (const username of ['alice', 'nobody']) {
  t.test(`${username}: passwords are tried five times at once, and then in ever longer pauses`, async (t) => {
    const { openBrowser, call, asked, clock } = await startAuthWorld(t)
    const guesses = Array.from({ length: 30 }, (_, at) =>
      call(openBrowser(), 'sign-in', { username, password: `guess ${at}` }),
    )
    const answers = await Promise.all(guesses)
    t.equal(answers.filter(({ status }) => status === 401).length, 5)
    const refused = answers.filter(({ status }) => status === 429)
    t.equal(refused.length, 25)
    t.match(refused[0], { json: { code: 'too_many_attempts' }, headers: { 'retry-after': '1' } })
    t.equal(asked('InitiateAuth').length, 5)
    clock.advance(1000)
    t.match(await call(openBrowser(), 'sign-in', { username, password: 'guess' }), { status: 401 })
    t.match(await call(openBrowser(), 'sign-in', { username, password }), {
      status: 429,
      headers: { 'retry-after': '2' },
    })
  })
}

t.test('codes of a second factor are counted apart: a right password does not forget them', async (t) => {
  const { openBrowser, call, issuer, asked } = await startAuthWorld(t)
  issuer.login.putUser({ username: 'dora', password, email: 'd@example.com', mfa: { enabled: ['EMAIL_OTP'] } })
  const statuses: number[] = []
  for (let count = 0; count < 8; count++) {
    const { json } = await call(openBrowser(), 'sign-in', { username: 'dora', password })
    const browser = openBrowser()
    const own = await call(browser, 'sign-in', { username: 'dora', password })
    t.ok(json.session)
    statuses.push((await call(browser, 'challenge', { session: own.json.session, answer: { code: 'x' } })).status)
  }
  t.same(statuses, [400, 400, 400, 400, 400, 429, 429, 429])
  t.equal(asked('RespondToAuthChallenge').length, 5)
})

t.test('codes that were sent are guessed five times', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t)
  for (const username of ['alice', 'nobody']) {
    const statuses: number[] = []
    for (let count = 0; count < 7; count++) {
      statuses.push(
        (await call(openBrowser(), 'reset', { username, code: `00000${count}`, newPassword: 'a-good-password' }))
          .status,
      )
    }
    t.same(statuses, [400, 400, 400, 400, 400, 429, 429], username)
  }
  t.equal(asked('ConfirmForgotPassword').length, 10)
})

t.test('a name gets three codes in an hour, whether it exists or not', async (t) => {
  const { openBrowser, call, asked, clock } = await startAuthWorld(t)
  for (const username of ['alice', 'nobody']) {
    const statuses: number[] = []
    for (let count = 0; count < 5; count++) statuses.push((await call(openBrowser(), 'forgot', { username })).status)
    t.same(statuses, [202, 202, 202, 429, 429], username)
  }
  t.equal(asked('ForgotPassword').length, 6)
  clock.advance(20 * 60_000)
  t.match(await call(openBrowser(), 'forgot', { username: 'ALICE' }), { status: 202 })
  t.match(await call(openBrowser(), 'forgot', { username: 'alice' }), { status: 429 }, 'one name in other letters')
})

t.test('one address makes 20 calls a minute and 5 sign-ups an hour; one /64 is one address', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t, {
    env: (issuer) => ({
      COGATE_AUTH_API_ENDPOINT: issuer.url,
      COGATE_AUTH_API_LIMITS_PER_ADDRESS: '20/m',
      COGATE_AUTH_API_LIMITS_SIGN_UP: '5/h',
      COGATE_FORWARDED_TRUST: '127.0.0.1',
    }),
  })
  const from = async (address: string, path: string, body: object) =>
    (await call(openBrowser(), path, body, { 'x-forwarded-for': address })).status
  for (let count = 0; count < 5; count++) {
    const body = { username: `user${count}`, password: 'a-good-password' }
    t.equal(await from('192.0.2.1', 'sign-up', body), 200)
  }
  t.equal(await from('192.0.2.1', 'sign-up', { username: 'one-more', password: 'a-good-password' }), 429)
  const signIns: number[] = []
  for (let count = 0; count < 22; count++) {
    signIns.push(await from(`2001:db8:1:2::${count}`, 'sign-in', { username: `n${count}`, password }))
  }
  t.same(signIns.slice(18), [401, 401, 429, 429])
  t.equal(await from('2001:db8:1:3::1', 'sign-in', { username: 'n', password }), 401)
  t.equal(asked('SignUp').length, 5)
})

const choice = {
  env: (issuer: { readonly url: string }) => ({ COGATE_AUTH_API_ENDPOINT: issuer.url, COGATE_AUTH_API_FLOW: 'choice' }),
}

t.test('a password beside the choice of a code is no password that was right: guesses are not forgotten', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t, choice)
  const guess = (at: number) => call(openBrowser(), 'sign-in', { username: 'alice', password: `guess ${at}` })
  const statuses: number[] = []
  for (let count = 0; count < 8; count++) {
    statuses.push((await guess(count)).status)
    const browser = openBrowser()
    const { json } = await call(browser, 'sign-in', { username: 'alice' })
    const answer = { choice: 'EMAIL_OTP', password: 'anything' }
    t.match(await call(browser, 'challenge', { session: json.session, answer }), {
      status: 400,
      json: { code: 'request_invalid' },
    })
  }
  t.same(statuses, [401, 401, 401, 401, 401, 429, 429, 429])
  t.same(asked('RespondToAuthChallenge'), [])
})

t.test(
  'a session that was stolen does not guess the password: an authenticator app of its own forgets no guess',
  async (t) => {
    const { openBrowser, call, clock, asked, issuer } = await startAuthWorld(t)
    const browser = openBrowser()
    const { json: signedIn } = await call(browser, 'sign-in', { username: 'bob', password })
    const namesake = { username: signedIn.user?.sub ?? '', password: 'of-the-attacker' }
    issuer.login.putUser(namesake)
    const statuses: number[] = []
    for (let count = 0; count < 8; count++) {
      const change = { current: `guess ${count}`, newPassword: 'another-password' }
      statuses.push((await call(browser, 'password', change)).status)
      t.match(
        await call(openBrowser(), 'sign-in', namesake),
        { status: 200 },
        'somebody who is called like the id of bob',
      )
      const { json } = await call(browser, 'totp/associate', {})
      const code = totpCode(json.secret ?? '', clock.now())
      t.match(await call(browser, 'totp/verify', { code }), { status: 200 })
    }
    t.same(statuses, [401, 401, 401, 401, 401, 429, 429, 429])
    t.equal(asked('ChangePassword').length, 5)
  },
)

t.test(
  'codes to sign in with, which anybody can have sent, come in ever longer pauses until one is used',
  async (t) => {
    const { openBrowser, call, clock, issuer } = await startAuthWorld(t, choice)
    const ask = (username: string) => call(openBrowser(), 'sign-in', { username, preferred: 'EMAIL_OTP' })
    const choose = async (username: string) => {
      const browser = openBrowser()
      const { json } = await call(browser, 'sign-in', { username })
      return call(browser, 'challenge', { session: json.session, answer: { choice: 'EMAIL_OTP' } })
    }
    for (const username of ['alice', 'nobody']) {
      const statuses: number[] = []
      for (let count = 0; count < 3; count++)
        statuses.push((await ask(username)).status, (await choose(username)).status)
      t.same(statuses, [200, 200, 200, 200, 200, 429], username)
      t.match(await ask(username), { status: 429, headers: { 'retry-after': '1' } }, username)
      t.match(await call(openBrowser(), 'sign-in', { username }), { status: 200 }, 'a passkey or a password goes on')
    }
    t.match(await call(openBrowser(), 'sign-in', { username: 'alice', password }), { status: 200 })
    clock.advance(1000)
    const browser = openBrowser()
    const { json } = await call(browser, 'sign-in', { username: 'alice', preferred: 'EMAIL_OTP' })
    t.match(await ask('alice'), { status: 429, headers: { 'retry-after': '2' } })
    const answer = { code: issuer.login.lastCode('alice') }
    t.match(await call(browser, 'challenge', { session: json.session, answer }), { status: 200 })
    t.match(await ask('alice'), { status: 200 }, 'whoever has used a code is known')
  },
)

t.test('wrong passwords of somebody else keep nobody from a passkey or a code', async (t) => {
  const { openBrowser, call } = await startAuthWorld(t, choice)
  for (let at = 0; at < 5; at++) await call(openBrowser(), 'sign-in', { username: 'alice', password: `guess ${at}` })
  t.match(await call(openBrowser(), 'sign-in', { username: 'alice', password }), { status: 429 })
  t.match(await call(openBrowser(), 'sign-in', { username: 'alice', preferred: 'EMAIL_OTP' }), { status: 200 })
  const browser = openBrowser()
  const { json } = await call(browser, 'sign-in', { username: 'alice' })
  const withPassword = { session: json.session, answer: { choice: 'PASSWORD', password } }
  t.match(await call(browser, 'challenge', withPassword), { status: 429 })
  const other = { session: json.session, answer: { choice: 'EMAIL_OTP' } }
  t.match(await call(browser, 'challenge', other), { status: 200 })
})

t.test('a custom challenge that the pool asks again was not answered: its guesses are counted', async (t) => {
  const asks = { ChallengeName: 'CUSTOM_CHALLENGE', Session: 'a-session', ChallengeParameters: { question: 'Which?' } }
  const pool = createServer((_request, response) => response.end(JSON.stringify(asks)))
  const { port } = await listenOnLoopback(t, pool)
  const { openBrowser, call } = await startAuthWorld(t, {
    env: { COGATE_AUTH_API_ENDPOINT: `http://127.0.0.1:${port}` },
  })
  const browser = openBrowser()
  const statuses: number[] = []
  for (let count = 0; count < 7; count++) {
    const { json } = await call(browser, 'sign-in', { username: 'alice', password })
    const answer = { text: `guess ${count}` }
    statuses.push((await call(browser, 'challenge', { session: json.session, answer })).status)
  }
  t.same(statuses, [200, 200, 200, 200, 200, 429, 429])
})

t.test(
  'an answer to a choice is right only where the pool goes on, and counts as a message unless it is known to send none',
  async (t) => {
    const first = {
      ChallengeName: 'SELECT_CHALLENGE',
      Session: 'a-session',
      AvailableChallenges: ['PASSWORD', 'EMAIL_OTP'],
    }
    const pool = createServer((request, response) => {
      const isFirst = /InitiateAuth$/.test(String(request.headers['x-amz-target']))
      request
        .resume()
        .on('end', () => response.end(JSON.stringify(isFirst ? first : { ...first, ChallengeName: next.name })))
    })
    const next = { name: 'PASSWORD' }
    const { port } = await listenOnLoopback(t, pool)
    const { openBrowser, call } = await startAuthWorld(t, {
      env: {
        COGATE_AUTH_API_ENDPOINT: `http://127.0.0.1:${port}`,
        COGATE_AUTH_API_FLOW: 'choice',
        COGATE_AUTH_API_LIMITS_PER_ADDRESS: '100/m',
      },
    })
    const choose = async (answer: object) => {
      const browser = openBrowser()
      const { json } = await call(browser, 'sign-in', { username: 'alice' })
      return (await call(browser, 'challenge', { session: json.session, answer })).status
    }
    const guesses: number[] = []
    for (let at = 0; at < 6; at++) guesses.push(await choose({ choice: 'PASSWORD', password: `guess ${at}` }))
    t.same(guesses, [200, 200, 200, 200, 200, 429])
    next.name = 'EMAIL_OTP'
    const sent: number[] = []
    for (const choice of ['EMAIL_OTP', 'email_otp', 'EMAIL_OTP ', 'Email_Otp', 'CODE', 'sms_otp'])
      sent.push(await choose({ choice }))
    t.same(sent, [200, 200, 200, 200, 200, 429])
  },
)

t.test('tokens mode: refresh tokens that are none count for their address, and good ones do not', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t, {
    routes: [{ path: '/*' }],
    env: (issuer) => ({
      COGATE_AUTH_API_ENDPOINT: issuer.url,
      COGATE_AUTH_API_MODE: 'tokens',
      COGATE_AUTH_API_SIGN_IN_PAGE: undefined,
      COGATE_AUTH_API_LIMITS_PER_ADDRESS: '10/m',
    }),
  })
  const app = openBrowser()
  const { refreshToken } = (await call(app, 'sign-in', { username: 'alice', password }, {})).json.tokens ?? {}
  for (let count = 0; count < 15; count++) t.equal((await call(app, 'refresh', { refreshToken }, {})).status, 200)
  const garbage = Array.from({ length: 8 }, (_, at) => ({ refreshToken: `garbage-${at}` }))
  const refreshed = await Promise.all(garbage.slice(0, 6).map((body) => call(app, 'refresh', body, {})))
  t.same(
    refreshed.map(({ status }) => status),
    Array.from({ length: 6 }, () => 401),
  )
  const statuses: number[] = []
  for (const [at, { refreshToken: text }] of garbage.entries()) {
    statuses.push((await call(app, at % 2 ? 'refresh' : 'sign-out', { refreshToken: `a.b.${text}` }, {})).status)
  }
  t.same(statuses, [400, 401, 400, 429, 429, 429, 429, 429])
  t.equal(asked('RevokeToken').length, 2)
  t.match(await call(app, 'sign-out', { refreshToken }, {}), { status: 429, headers: { 'retry-after': '6' } })
})

t.test('an account of the attacker under a name that looks the same forgets no guess at the other', async (t) => {
  const { openBrowser, call, issuer, asked } = await startAuthWorld(t)
  issuer.login.putUser({ username: '\uff41lice', password: 'of-the-attacker', email: 'x@example.com' })
  const statuses: number[] = []
  for (let count = 0; count < 7; count++) {
    statuses.push((await call(openBrowser(), 'sign-in', { username: 'alice', password: `guess ${count}` })).status)
    await call(openBrowser(), 'sign-in', { username: '\uff41lice', password: 'of-the-attacker' })
  }
  t.same(statuses, [401, 401, 401, 401, 401, 429, 429])
  const guesses = asked('InitiateAuth').filter(({ AuthParameters: given }) => /"alice"/.test(JSON.stringify(given)))
  t.equal(guesses.length, 5)
})
