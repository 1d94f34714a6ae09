/**
 * A sign-out while a request with the same session waits: no answer that is written afterwards brings the session back. The wait is for a
 * real Redis, which counts the requests and is paused.
 */
import t, { type Test } from 'tap'
import type { Browser, BrowserRequest } from '../helpers/login-world.ts'
import { sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'
import { skipRedis, startRedis } from '../helpers/redis.ts'

const skip = skipRedis
const session = '__Host-cogate'
/** More than a tenth of the idle time: the next answer sets the cookie again. */
const renewMs = 10 * 60_000
const script = { headers: sameOriginFetch }

async function startWaiting(t: Test, routes: readonly object[]) {
  const redis = await startRedis(t)
  const env = {
    COGATE_FORWARD_AUTH_ENABLED: 'true',
    COGATE_FORWARDED_TRUST: '127.0.0.1',
    COGATE_SESSION_IDLE: '1h',
    COGATE_RATE_LIMIT_STORE: 'redis',
    COGATE_RATE_LIMIT_PER_SUBJECT: '1000/s',
    COGATE_RATE_LIMIT_REDIS_TIMEOUT: '1s',
    COGATE_REDIS_URL: redis.url,
  }
  const { openBrowser, clock } = await startLoginWorld(t, { routes, env })
  const browser = openBrowser()
  await browser.open('/')
  /** Asks, and signs out while the request is being counted. */
  const askAndSignOut = async (target: string, request: BrowserRequest) => {
    clock.advance(renewMs)
    await redis.client.call('CLIENT', 'PAUSE', '800', 'WRITE')
    const late = browser.fetch(target, request)
    while (!/ flags=b.* cmd=eval /.test(String(await redis.client.client('LIST')))) await new Promise(setImmediate)
    await signOut(browser)
    await redis.client.call('CLIENT', 'UNPAUSE')
    return late
  }
  return { browser, clock, askAndSignOut }
}

function signOut(browser: Browser) {
  return browser.fetch('/_cogate/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
}

t.test(
  'the answer to another proxy does not bring a session back that was signed out meanwhile',
  { skip },
  async (t) => {
    const { browser, clock, askAndSignOut } = await startWaiting(t, [{ path: '/*', auth: 'login' }])
    const question = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/a', 'x-forwarded-host': 'app.example.com' }
    const headers = { ...sameOriginFetch, ...question }
    clock.advance(renewMs)
    const renewed = await browser.fetch('/_cogate/auth', { headers })
    t.match(renewed.headers['set-cookie'], [/^__Host-cogate=1~/], 'otherwise it sets the cookie')
    const answer = await askAndSignOut('/_cogate/auth', { headers })
    t.equal(answer.status, 200, 'it had been decided before')
    t.notOk(answer.headers['set-cookie'], 'the sign-out has taken the cookie away')
    t.equal(browser.cookie(session), undefined)
  },
)

t.test('a page that refuses does not either, nor does the answer to a program', { skip }, async (t) => {
  const routes = [
    { path: '/*', auth: 'login' },
    { path: '/board', auth: 'login', groups: ['board'] },
  ]
  for (const request of [{}, script]) {
    const { browser, askAndSignOut } = await startWaiting(t, routes)
    const answer = await askAndSignOut('/board', request)
    t.equal(answer.status, 403)
    t.notOk(answer.headers['set-cookie'], 'the sign-out has taken the cookie away')
    t.equal(browser.cookie(session), undefined)
  }
})
