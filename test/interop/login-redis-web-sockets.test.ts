/**
 * WebSockets whose session is in a real Redis: they outlive the access token, and not the session.
 */
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, sameOriginFetch, sessionSecret } from '../helpers/login-world.ts'
import { skipRedis } from '../helpers/redis.ts'
import { startRedisWorld } from '../helpers/redis-world.ts'
import { openCaller, startSocketUpstream } from '../helpers/websockets.ts'

const keys = createKeys()
const skip = skipRedis
/** The token of the session expires so long after the WebSocket was opened. */
const restMs = 100

async function openWebSocket(t: Test, webSocket: string, routes?: readonly object[]) {
  const upstream = await startSocketUpstream(t)
  const times = { COGATE_CLOCK_TOLERANCE: '0s', COGATE_LOGIN_REFRESH_AHEAD: '0s', COGATE_DRAIN_TIMEOUT: '0s' }
  const env = { COGATE_UPSTREAM_WEB_SOCKET: webSocket, ...times }
  const world = await startRedisWorld(t, { keys, upstream, env, ...(routes && { routes }) })
  const browser = world.openBrowser()
  await browser.open('/')
  const session = await browser.fetch('/_cogate/session', { headers: sameOriginFetch })
  world.clock.set(Date.parse(JSON.parse(session.body).expiresAt) - restMs)
  const headers = { cookie: browser.cookieHeader(publicOrigin), origin: publicOrigin }
  const open = () => openCaller(t, `http://127.0.0.1:${world.gate.port}/`, { headers })
  return { ...world, browser, open }
}

/** What it hears for so long that its token has expired. */
async function repliesOf(caller: Awaited<ReturnType<typeof openCaller>>): Promise<readonly string[]> {
  const began = Date.now()
  const replies = new Set<string>()
  while (Date.now() - began < 5 * restMs) {
    caller.socket.send('still here')
    replies.add(String(await Promise.race([caller.next(), caller.closed])))
  }
  return [...replies]
}

for (const webSocket of ['tunnel', 'relay']) {
  t.test(
    `${webSocket}: it stays open beyond the access token, until the sign-out (websocket-02)`,
    { skip },
    async (t) => {
      const { open, browser, issuer } = await openWebSocket(t, webSocket)
      const caller = await open()
      t.same(await repliesOf(caller), ['still here'])
      t.equal(issuer.login.tokenRequests('refresh_token'), 1)
      await browser.fetch('/_cogate/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
      t.equal((await caller.closed).code, 1008)
    },
  )
}

t.test('it stays open where the settings of the sign-in were loaded again meanwhile', { skip }, async (t) => {
  const { open, issuer, gate, settings, browser } = await openWebSocket(t, 'tunnel')
  const caller = await open()
  const secrets = `another secret for tests that is long enough,${sessionSecret}`
  await gate.reload(loadConfig({ argv: [], env: settings({ COGATE_SESSION_SECRETS: secrets }) }).config)
  t.same(await repliesOf(caller), ['still here'])
  t.equal(issuer.login.tokenRequests('refresh_token'), 1)
  await browser.fetch('/_cogate/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
  t.equal((await caller.closed).code, 1008)
})

t.test('it is closed when Cognito renews the session no longer (websocket-02)', { skip }, async (t) => {
  const { open, issuer } = await openWebSocket(t, 'tunnel')
  issuer.login.signOutEverywhere('alice')
  const caller = await open()
  t.strictSame(await caller.closed, { code: 1008, reason: 'token_expired' })
})

t.test(
  'it is closed when the session was ended at another replica, at the latest with its token',
  { skip },
  async (t) => {
    const { open, redis, clock, records, issuer } = await openWebSocket(t, 'tunnel')
    const caller = await open()
    await redis.client.del(...(await records()))
    clock.advance(31_000)
    t.equal((await caller.closed).code, 1008)
    t.equal(issuer.login.tokenRequests('refresh_token'), 0)
  },
)

t.test('it is closed when the renewed session has lost what the rule demands', { skip }, async (t) => {
  const { open, issuer } = await openWebSocket(t, 'tunnel', [{ path: '/*', auth: 'login', groups: ['admin'] }])
  issuer.login.putUser({ username: 'alice', password: 'demo-password', groups: [] })
  const caller = await open()
  t.equal((await caller.closed).code, 1008)
  t.equal(issuer.login.tokenRequests('refresh_token'), 1)
})
