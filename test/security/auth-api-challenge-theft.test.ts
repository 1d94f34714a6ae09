/**
 * Attack: take the `session` of somebody else's sign-in, change it, use it twice or too late, or skip a step. A green run proves that a
 * sign-in goes on only in its browser, once for each step, and in the order that Cognito asks for.
 */
import t from 'tap'
import { startAuthWorld, totpCode } from '../helpers/auth-world.ts'

const password = 'demo-password'
const totpSecret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

async function startSignIn(t: Parameters<typeof startAuthWorld>[0]) {
  const world = await startAuthWorld(t)
  world.issuer.login.putUser({ username: 'dora', password, totpSecret, mfa: { enabled: ['SOFTWARE_TOKEN_MFA'] } })
  const browser = world.openBrowser()
  const { json } = await world.call(browser, 'sign-in', { username: 'dora', password })
  return { ...world, browser, session: json.session ?? '', code: () => totpCode(totpSecret, world.clock.now()) }
}

const expired = { status: 401, json: { code: 'challenge_expired' } }

t.test('in another browser it is worth nothing, with or without cookies of its own', async (t) => {
  const { call, openBrowser, session, code, asked, browser } = await startSignIn(t)
  const other = openBrowser()
  t.match(await call(other, 'challenge', { session, answer: { code: code() } }), expired)
  await call(other, 'sign-in', { username: 'dora', password })
  t.match(await call(other, 'challenge', { session, answer: { code: code() } }), expired)
  t.same(asked('RespondToAuthChallenge'), [])
  t.match(await call(browser, 'challenge', { session, answer: { code: code() } }), { status: 200 })
})

t.test('changed in any place it does not open, and after 3 minutes it is over', async (t) => {
  const { call, browser, session, code, asked, clock } = await startSignIn(t)
  for (let at = 0; at < session.length; at += 37) {
    const changed = session.slice(0, at) + (session[at] === 'A' ? 'B' : 'A') + session.slice(at + 1)
    t.match(await call(browser, 'challenge', { session: changed, answer: { code: code() } }), expired)
  }
  t.match(await call(browser, 'challenge', { session: browser.cookie('__Host-cogate-b') ?? '', answer: {} }), expired)
  clock.advance(180_000)
  t.match(await call(browser, 'challenge', { session, answer: { code: code() } }), expired)
  t.same(asked('RespondToAuthChallenge'), [])
})

t.test('a session of one step does not do for another', async (t) => {
  const { call, browser, session, asked } = await startSignIn(t)
  t.match(
    await call(browser, 'totp/associate', { session }),
    expired,
    'a second factor is not replaced within a sign-in',
  )
  t.match(await call(browser, 'totp/verify', { session, code: '123456' }), expired)
  t.match(await call(browser, 'challenge', { session, answer: {} }), { status: 400, json: { code: 'request_invalid' } })
  t.match(await call(browser, 'challenge', { session, answer: { newPassword: 'a-good-password' } }), { status: 400 })
  t.same(asked('RespondToAuthChallenge'), [])
  t.match(await call(browser, 'session'), { status: 401 })
})

t.test('the name of the user is in the seal: nobody names another one', async (t) => {
  const { call, browser, session, code } = await startSignIn(t)
  const answer = { code: code(), username: 'alice' }
  t.match(await call(browser, 'challenge', { session, answer }), { status: 400, json: { code: 'request_invalid' } })
})

t.test('tokens that do not verify begin no session', async (t) => {
  const { call, openBrowser, issuer } = await startAuthWorld(t)
  const browser = openBrowser()
  for (const fault of ['accessTokenIssuer', 'idTokenIssuer'] as const) {
    issuer.login.faults[fault] = 'updated'
    const answer = await call(browser, 'sign-in', { username: 'alice', password })
    t.match(answer, { status: 502, json: { code: 'login_failed' } }, fault)
    t.equal(browser.cookie('__Host-cogate'), undefined)
    issuer.login.faults[fault] = undefined
  }
})

t.test('of another app client, at a gate with the same secret, it is worth nothing', async (t) => {
  const { call, openBrowser, session, code, asked, browser, startReplica, issuer } = await startSignIn(t)
  issuer.login.putClient({ clientId: '2anotherclient345678901234', callbackUrls: [], logoutUrls: [] })
  const client = {
    COGATE_CLIENT_ID: '2anotherclient345678901234',
    COGATE_LOGIN_CLIENT_ID: '2anotherclient345678901234',
  }
  const other = openBrowser(await startReplica(client))
  other.setCookie('__Host-cogate-b', browser.cookie('__Host-cogate-b') ?? '')
  t.match(await call(other, 'challenge', { session, answer: { code: code() } }), expired)
  t.same(asked('RespondToAuthChallenge'), [])
})
