/**
 * Answers of the token endpoint as they come on bad days: from a gateway before it, in pieces, too large, of something else. None of
 * them ends a session, but the one that says so; and none of them begins one.
 */
import { createServer, request as httpRequest, type ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import type { Browser } from '../helpers/login-world.ts'
import { sameOriginFetch, signInUntilCallback, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const hourMs = 3_600_000
const script = { headers: sameOriginFetch }

type Answer = (response: ServerResponse) => void

/** The domain of the user pool, behind something that answers in the place of its token endpoint while it is told to. */
async function startWorldBehind(t: Test) {
  const fault: { answer: Answer | undefined; asked: string[] } = { answer: undefined, asked: [] }
  const behind = { port: 0 }
  const front = createServer((request, response) => {
    const { method, url = '', headers } = request
    fault.asked.push(url)
    if (fault.answer && url === '/oauth2/token') {
      request.resume()
      fault.answer(response)
      return
    }
    const { port } = behind
    request.pipe(
      httpRequest({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
        answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers))
      }),
    )
  })
  const { port } = await listenOnLoopback(t, front)
  const world = await startLoginWorld(t, {
    keys,
    client: { refreshTokenRotation: { graceSeconds: 0, reuseRevokesAll: true } },
    env: (issuer) => {
      behind.port = Number(new URL(issuer.url).port)
      return { COGATE_LOGIN_DOMAIN: `http://127.0.0.1:${port}`, COGATE_LOGIN_REFRESH_TIMEOUT: '500ms' }
    },
  })
  return { ...world, fault }
}

function answerWith(status: number, type: string, body: string, headers: Record<string, string> = {}): Answer {
  return (response) => response.writeHead(status, { 'content-type': type, ...headers }).end(body)
}

const json = 'application/json'
const answers: Readonly<Record<string, Answer>> = {
  'a redirect': answerWith(302, json, '', { location: '/elsewhere' }),
  'a redirect that keeps the method': answerWith(307, json, '', { location: '/elsewhere' }),
  'a page with 200': answerWith(200, 'text/html', '<title>Sign in to the network</title>'),
  'a page with 400': answerWith(400, 'text/html', '<h1>Bad request</h1>'),
  'a page that speaks of invalid_grant': answerWith(400, 'text/html', '{"error":"invalid_grant"}'),
  'a firewall': answerWith(403, json, '{"message":"Forbidden"}'),
  'too many requests, in the words of OAuth': answerWith(429, json, '{"error":"invalid_grant"}'),
  'a fault, in the words of OAuth': answerWith(500, json, '{"error":"invalid_grant"}'),
  'an error without a name': answerWith(400, json, '{}'),
  'an error that is no text': answerWith(400, json, '{"error":{"code":"invalid_grant"}}'),
  'half of an object': answerWith(200, json, '{"access_token":"ey'),
  'an object without tokens': answerWith(200, json, '{}'),
  'a list': answerWith(200, json, '[]'),
  'nothing with 204': answerWith(204, json, ''),
  'two megabytes': answerWith(200, json, `{"access_token":"${'a'.repeat(2 * 1024 * 1024)}"}`),
  'a cut': (response) => response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy()),
  'a byte now and then': (response) => {
    response.writeHead(200, { 'content-type': json })
    const drip = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(drip))
  },
}

async function bodyOf(browser: Browser) {
  const { status, body } = await browser.fetch('/', script)
  return [status, JSON.parse(body).code]
}

for (const [what, answer] of Object.entries(answers)) {
  t.test(`a renewal that is answered with ${what} ends no session`, async (t) => {
    const { openBrowser, clock, fault } = await startWorldBehind(t)
    const browser = openBrowser()
    await browser.open('/')
    clock.advance(hourMs)
    fault.answer = answer
    t.same(await bodyOf(browser), [503, 'session_unavailable'])
    fault.answer = undefined
    // A call that is cut off at its timeout may fail after the answer to the request that waited for it.
    for (let tries = 0; tries < 20 && (await bodyOf(browser))[0] !== 200; tries++) clock.advance(60_000)
    t.equal((await browser.fetch('/', script)).status, 200)
    t.notOk(fault.asked.includes('/elsewhere'), 'no redirect is followed')
  })

  t.test(`a sign-in that is answered with ${what} ends in a page`, async (t) => {
    const { openBrowser, fault } = await startWorldBehind(t)
    const browser = openBrowser()
    const callback = await signInUntilCallback(browser, await browser.fetch('/x'))
    fault.answer = answer
    const page = await browser.fetch(callback)
    t.equal(page.status, 502)
    t.match(page.body, /The sign-in has failed/)
    t.equal(browser.cookie('__Host-cogate'), undefined)
  })
}

t.test('a renewal that is refused in the words of OAuth ends the session', async (t) => {
  const { openBrowser, clock, fault } = await startWorldBehind(t)
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(hourMs)
  fault.answer = answerWith(400, json, '{"error":"invalid_grant"}')
  t.same(await bodyOf(browser), [401, 'session_expired'])
  t.equal(browser.cookie('__Host-cogate'), undefined)
})

t.test('a renewal with tokens that are not those of the session ends it', async (t) => {
  const { openBrowser, clock, fault, issuer } = await startWorldBehind(t)
  const good = () => ({ access_token: issuer.mintAccessToken(), id_token: issuer.mintIdToken(), token_type: 'Bearer' })
  const other = { clientId: 'another0client' }
  const answersOf: Readonly<Record<string, () => object>> = {
    'an access token of another app client': () => ({ ...good(), access_token: issuer.mintAccessToken(other) }),
    'an ID token in the place of the access token': () => ({ ...good(), access_token: issuer.mintIdToken() }),
    'an access token that has expired': () => ({
      ...good(),
      access_token: issuer.mintAccessToken({ expiresInSeconds: -600 }),
    }),
    'an access token of somebody else': () => ({
      ...good(),
      access_token: issuer.mintAccessToken({ username: 'bob' }),
    }),
    'an access token without a signature': () => ({
      ...good(),
      access_token: `${good().access_token.slice(0, -8)}AAAAAAAA`,
    }),
    'an access token of another user pool': () => ({
      ...good(),
      access_token: issuer.mintAccessToken({
        claims: { iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_X' },
      }),
    }),
  }
  for (const [what, answer] of Object.entries(answersOf)) {
    const browser = openBrowser()
    fault.answer = undefined
    await browser.open('/')
    clock.advance(hourMs)
    fault.answer = answerWith(200, json, JSON.stringify(answer()))
    t.same(await bodyOf(browser), [401, 'session_invalid'], what)
    t.equal(browser.cookie('__Host-cogate'), undefined, what)
  }
  const browser = openBrowser()
  fault.answer = undefined
  await browser.open('/')
  clock.advance(hourMs)
  fault.answer = answerWith(200, json, JSON.stringify(good()))
  t.equal((await browser.fetch('/', script)).status, 200, 'and with its own it goes on')
})

t.test('an ID token of somebody else at a renewal shows the service nothing of them', async (t) => {
  const { openBrowser, clock, fault, issuer } = await startWorldBehind(t)
  for (const id of [{ username: 'bob' }, { clientId: 'another0client' }, { email: 'root@example.com', sub: 'bob' }]) {
    const browser = openBrowser()
    fault.answer = undefined
    await browser.open('/')
    clock.advance(hourMs)
    const tokens = { access_token: issuer.mintAccessToken(), id_token: issuer.mintIdToken(id), token_type: 'Bearer' }
    fault.answer = answerWith(200, json, JSON.stringify(tokens))
    const answer = await browser.fetch('/', script)
    t.ok([401, 503].includes(answer.status), `${answer.status}`)
    t.notMatch(answer.body, /bob|root/)
  }
})
