/**
 * Attack: whoever can make the service set a cookie (a header of the service that holds what a caller has sent, one of several
 * services behind one gate) sets one under a name of cogate, so that the victim goes on in the session of the attacker. A green run
 * proves that no answer of a service sets or takes away a cookie of cogate.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'
import { startUpstream } from '../helpers/upstream.ts'
import { acceptFor, handshakeBytes, openRaw, readUntil } from '../helpers/websockets.ts'

const keys = createKeys()
const session = '__Host-cogate'

/** A service that sets these cookies with every answer. */
async function startWorldThatSets(t: Parameters<typeof startLoginWorld>[0], lines: readonly string[]) {
  return startLoginWorld(t, {
    keys,
    routes: [
      { path: '/*', auth: 'login' },
      { path: '/public/*', auth: 'none' },
    ],
    handler: (_request, response) => response.writeHead(200, { 'Set-Cookie': [...lines] }).end('ok'),
  })
}

t.test('a service plants no session and no binding, for nobody and for nobody else', async (t) => {
  const attacker = (await startLoginWorld(t, { keys })).openBrowser()
  await attacker.open('/')
  const planted = attacker.cookie(session) ?? ''
  const lines = [
    `${session}=${planted}; Path=/; Secure; HttpOnly`,
    ...[`${session}.1=x`, `${session}-b=x`, `${session} =x`, `\t${session}=x`, session].map(
      (pair) => `${pair}; Path=/`,
    ),
    // A browser sends a cookie without a name as its value alone.
    ...[`=${session}=x`, `= ${session}=x`, `==${session}=x`].map((pair) => `${pair}; Path=/; Secure`),
  ]
  const { openBrowser } = await startWorldThatSets(t, [...lines, 'theme=dark; Path=/', `${session}er=theirs`])
  const victim = openBrowser()
  const theirs = ['theme=dark; Path=/', `${session}er=theirs`]
  t.same((await victim.fetch('/public/x')).headers['set-cookie'], theirs, 'without a session')
  await victim.open('/')
  const own = victim.cookie(session)
  t.not(own, planted)
  t.same((await victim.fetch('/', { headers: sameOriginFetch })).headers['set-cookie'], theirs, 'with a session')
  t.equal(victim.cookie(session), own)
})

t.test('a service does not end a session behind the back of its person', async (t) => {
  const { openBrowser, clock } = await startWorldThatSets(t, [`${session}=; Path=/; Secure; Max-Age=0`])
  const browser = openBrowser()
  await browser.open('/')
  t.ok(browser.cookie(session))
  clock.advance(3_600_000)
  const { headers } = await browser.fetch('/', { headers: sameOriginFetch })
  t.match(headers['set-cookie'], [/^__Host-cogate=1~/], 'the renewed session alone')
  t.equal(headers['set-cookie']?.length, 1)
})

t.test('nor does the service that opens a WebSocket', async (t) => {
  const upstream = await startUpstream(t)
  upstream.server.on('upgrade', ({ headers }, socket) => {
    const accept = acceptFor(headers['sec-websocket-key'] ?? '')
    const lines = [
      `Set-Cookie: ${session}=x; Path=/; Secure`,
      'Set-Cookie: theme=dark',
      `Sec-WebSocket-Accept: ${accept}`,
    ]
    socket.write(`HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${lines.join('\r\n')}\r\n\r\n`)
  })
  const { openBrowser, gate } = await startLoginWorld(t, { keys, upstream })
  const browser = openBrowser()
  await browser.open('/')
  const cookie = `Cookie: ${browser.cookieHeader(publicOrigin)}`
  const caller = await openRaw(t, gate.port, handshakeBytes('/', cookie, `Origin: ${publicOrigin}`))
  const head = await readUntil(caller, '\r\n\r\n')
  t.match(head, /^HTTP\/1\.1 101 /)
  t.match(head, /set-cookie: theme=dark/i)
  t.notMatch(head, /cogate=/)
})
