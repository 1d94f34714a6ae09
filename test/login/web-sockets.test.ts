import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'
import { handshakeBytes, openCaller, openRaw, readUntil, startSocketUpstream } from '../helpers/websockets.ts'

const keys = createKeys()

t.test('a sign-out closes the WebSockets of the session, and no other', async (t) => {
  const upstream = await startSocketUpstream(t)
  const { openBrowser, gate } = await startLoginWorld(t, { keys, upstream })
  const open = async () => {
    const browser = openBrowser()
    await browser.open('/')
    const headers = { cookie: browser.cookieHeader(publicOrigin), origin: publicOrigin }
    return { browser, caller: await openCaller(t, `http://127.0.0.1:${gate.port}/`, { headers }) }
  }
  const [one, other] = [await open(), await open()]
  await one.browser.fetch('/_cogate/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
  t.equal((await one.caller.closed).code, 1008)
  other.caller.socket.send('still here')
  t.equal(String(await other.caller.next()), 'still here')
})

for (const webSocket of ['tunnel', 'relay']) {
  t.test(
    `${webSocket}: with its session in a cookie, a WebSocket ends with the access token (websocket-01)`,
    async (t) => {
      const upstream = await startSocketUpstream(t)
      const env = {
        COGATE_UPSTREAM_WEB_SOCKET: webSocket,
        COGATE_CLOCK_TOLERANCE: '0s',
        COGATE_LOGIN_REFRESH_AHEAD: '0s',
      }
      const { openBrowser, gate, clock, issuer } = await startLoginWorld(t, { keys, upstream, env })
      const browser = openBrowser()
      await browser.open('/')
      const session = await browser.fetch('/_cogate/session', { headers: sameOriginFetch })
      clock.set(Date.parse(JSON.parse(session.body).expiresAt) - 100)
      const headers = { cookie: browser.cookieHeader(publicOrigin), origin: publicOrigin }
      const caller = await openCaller(t, `http://127.0.0.1:${gate.port}/`, { headers })
      t.strictSame(await caller.closed, { code: 1008, reason: 'token_expired' })
      t.equal(issuer.login.tokenRequests('refresh_token'), 0)
    },
  )
}

t.test('the answer that opens a WebSocket brings the session that was renewed for it', async (t) => {
  const upstream = await startSocketUpstream(t)
  const client = { refreshTokenRotation: { graceSeconds: 0, reuseRevokesAll: true } }
  const { openBrowser, gate, clock } = await startLoginWorld(t, { keys, upstream, client })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(3_600_000)
  const cookie = `Cookie: ${browser.cookieHeader(publicOrigin)}`
  const caller = await openRaw(t, gate.port, handshakeBytes('/', cookie, `Origin: ${publicOrigin}`))
  const head = await readUntil(caller, '\r\n\r\n')
  t.match(head, /^HTTP\/1\.1 101 /)
  browser.setCookie('__Host-cogate', /set-cookie: __Host-cogate=([^;]*)/i.exec(head)?.[1] ?? 'none')
  // Longer than the gate itself remembers the tokens.
  clock.advance(10 * 60_000)
  t.equal((await browser.fetch('/_cogate/session', { headers: sameOriginFetch })).status, 200)
})
