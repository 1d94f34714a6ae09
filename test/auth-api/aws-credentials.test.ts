/** Temporary AWS credentials for a session, from an identity pool. */
import { createServer } from 'node:http'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { startAuthWorld } from '../helpers/auth-world.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import type { LoginWorldOptions } from '../helpers/login-world.ts'

const password = 'demo-password'
const identityPool = 'eu-west-1:7d1c3e56-2f0a-4d0e-9c1b-8e2f6a5b4c3d'
const options: LoginWorldOptions = {
  env: ({ url }) => ({
    COGATE_AUTH_API_ENDPOINT: url,
    COGATE_AUTH_API_OPERATIONS: 'signIn,session,awsCredentials',
    COGATE_AUTH_API_IDENTITY_POOL: identityPool,
    COGATE_AUTH_API_IDENTITY_ENDPOINT: url,
  }),
}
const uuid = /^eu-west-1:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

t.test('somebody who has signed in gets credentials, and no token of the user pool', async (t) => {
  const { openBrowser, call, asked, clock } = await startAuthWorld(t, options)
  const browser = openBrowser()
  t.match(await call(browser, 'aws-credentials', {}), { status: 401, json: { code: 'login_required' } })
  t.equal(asked('GetId').length, 0)
  await call(browser, 'sign-in', { username: 'alice', password })
  const { status, json, body, headers } = await call(browser, 'aws-credentials', {})
  t.match({ status, json }, { status: 200, json: { accessKeyId: /^ASIA/, identityId: uuid, region: 'eu-west-1' } })
  t.equal(json.expiration, new Date(Math.floor(clock.now() / 1000 + 3600) * 1000).toISOString())
  t.equal(headers['cache-control'], 'no-store')
  t.notMatch(body, /eyJ/)
  t.match(asked('GetId'), [{ IdentityPoolId: identityPool, Logins: Object }])
})

t.test('an identity is asked for once, is its own for each user, and credentials are new each time', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t, options)
  const [alice, bob] = [openBrowser(), openBrowser()]
  await call(alice, 'sign-in', { username: 'alice', password })
  await call(bob, 'sign-in', { username: 'bob', password })
  const first = (await call(alice, 'aws-credentials', {})).json
  const again = (await call(alice, 'aws-credentials', {})).json
  const other = (await call(bob, 'aws-credentials', {})).json
  t.equal(again.identityId, first.identityId)
  t.not(other.identityId, first.identityId)
  t.not(again.secretAccessKey, first.secretAccessKey)
  t.equal(asked('GetId').length, 2)
})

t.test('the ID token of the session is renewed with it', async (t) => {
  const { openBrowser, call, clock, issuer } = await startAuthWorld(t, options)
  const browser = openBrowser()
  await call(browser, 'sign-in', { username: 'alice', password })
  const before = issuer.login.tokenRequests()
  clock.advance(3_600_000 + 60_000)
  t.match(await call(browser, 'aws-credentials', {}), { status: 200, json: { identityId: uuid } })
  t.ok(issuer.login.tokenRequests() >= before)
  t.match(await call(browser, 'session'), { status: 200 }, 'the new cookie came with the credentials')
})

t.test('an identity that was deleted is asked for anew, once', async (t) => {
  const { openBrowser, call, asked, issuer } = await startAuthWorld(t, options)
  const browser = openBrowser()
  await call(browser, 'sign-in', { username: 'alice', password })
  await call(browser, 'aws-credentials', {})
  const gone = { operation: 'GetCredentialsForIdentity', type: 'ResourceNotFoundException' }
  issuer.login.failNextCall(gone)
  t.match(await call(browser, 'aws-credentials', {}), { status: 200, json: { identityId: uuid } })
  t.equal(asked('GetId').length, 2)
  for (let count = 0; count < 2; count++) issuer.login.failNextCall(gone)
  t.match(await call(browser, 'aws-credentials', {}), { status: 500, json: { code: 'misconfigured' } })
  t.match(await call(browser, 'aws-credentials', {}), { status: 200 })
  t.equal(asked('GetId').length, 4)
})

const faults = [
  ['NotAuthorizedException', 500, 'misconfigured'],
  ['ResourceNotFoundException', 500, 'misconfigured'],
  ['InvalidIdentityPoolConfigurationException', 500, 'misconfigured'],
  ['InvalidParameterException', 500, 'misconfigured'],
  ['LimitExceededException', 503, 'busy'],
  ['TooManyRequestsException', 503, 'busy'],
  ['ResourceConflictException', 503, 'busy'],
  ['ExternalServiceException', 502, 'pool_unavailable'],
  ['InternalErrorException', 502, 'pool_unavailable'],
] as const

t.test('what the identity pool refuses has its answer, and the log names what has to be mended', async (t) => {
  const { openBrowser, call, issuer, gate } = await startAuthWorld(t, options)
  const browser = openBrowser()
  await call(browser, 'sign-in', { username: 'alice', password })
  for (const operation of ['GetId', 'GetCredentialsForIdentity']) {
    for (const [type, status, code] of faults) {
      issuer.login.failNextCall({ operation, type, message: 'of nobody' })
      const answer = await call(browser, 'aws-credentials', {})
      t.match(answer, { status, json: { code } }, `${operation}: ${type}`)
      t.notMatch(answer.body, /of nobody/)
    }
  }
  const lines = gate.lines.filter(({ msg }) => msg === 'Cognito call failed')
  t.match(lines[0], { operation: 'GetId', detail: 'NotAuthorized' })
})

t.test('credentials that lack something, or end at no time there is, are 502', async (t) => {
  const whole = { AccessKeyId: 'ASIA', SecretKey: 's', SessionToken: 't', Expiration: 1.8e9 }
  const answers: object[] = []
  const pool = createServer((_request, response) =>
    response.end(JSON.stringify({ IdentityId: 'eu-west-1:x', Credentials: answers.at(-1) })),
  )
  const { port } = await listenOnLoopback(t, pool)
  const { openBrowser, call } = await startAuthWorld(t, {
    env: (issuer) => ({
      ...(typeof options.env === 'function' && options.env(issuer)),
      COGATE_AUTH_API_IDENTITY_ENDPOINT: `http://127.0.0.1:${port}`,
    }),
  })
  const browser = openBrowser()
  await call(browser, 'sign-in', { username: 'alice', password })
  for (const wrong of [{ Expiration: 1e300 }, { Expiration: '5' }, { SecretKey: 5 }, { SessionToken: undefined }]) {
    answers.push({ ...whole, ...wrong })
    const answer = await call(browser, 'aws-credentials', {})
    t.match(answer, { status: 502, json: { code: 'pool_unavailable' } }, JSON.stringify(wrong))
  }
  answers.push(whole)
  t.match(await call(browser, 'aws-credentials', {}), { status: 200 })
})

t.test('a page of another site gets nothing', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t, options)
  const browser = openBrowser()
  await call(browser, 'sign-in', { username: 'alice', password })
  const headers = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
  t.match(await call(browser, 'aws-credentials', {}, headers), { status: 403, json: { code: 'cross_site_request' } })
  t.equal(asked('GetId').length, 0)
})

t.test('a session keeps no ID token once nothing asks for it', async (t) => {
  const { openBrowser, call, clock, gate, settings, issuer } = await startAuthWorld(t, options)
  const browser = openBrowser()
  await call(browser, 'sign-in', { username: 'alice', password })
  t.ok(browser.cookie('__Host-cogate.1'), 'with the ID token it is two cookies')
  const env = settings({ COGATE_AUTH_API_OPERATIONS: 'signIn,session' })
  await gate.reload(loadConfig({ argv: [], env }).config)
  clock.advance(3_600_000 - 1000)
  t.match(await call(browser, 'session'), { status: 200 })
  t.equal(browser.cookie('__Host-cogate.1'), undefined)
  const renewed = issuer.login.apiRequests.length
  clock.advance(1_800_000)
  t.match(await call(browser, 'session'), { status: 200 })
  t.equal(issuer.login.apiRequests.length, renewed, 'and it is renewed as seldom as others')
})
