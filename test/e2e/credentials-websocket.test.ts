/** A WebSocket whose token is a subprotocol, a cookie or a parameter: what each side sees of it. */
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startRawUpstream } from '../helpers/upstream.ts'
import {
  answerUpgradeWith,
  handshakeBytes,
  openCaller,
  openRaw,
  readUntil,
  startSocketUpstream,
} from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const token = issuer.mintAccessToken()
const marker = 'base64url.bearer.cogate'
const kubernetes = `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`
const wanted = 'Sec-WebSocket-Protocol'

async function start(t: Test, sources: string, webSocket: 'tunnel' | 'relay' = 'tunnel') {
  const upstream = await startSocketUpstream(t)
  const env = { COGATE_CREDENTIALS_SOURCES: sources, COGATE_UPSTREAM_WEB_SOCKET: webSocket }
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, env })
  const open = async (protocols: string[], headers: Readonly<Record<string, string>> = {}, target = '/live') => {
    const caller = await openCaller(t, gate.url + target, { headers }, protocols)
    caller.socket.send('hello')
    t.equal((await caller.next()).toString(), 'hello')
    const { url, headers: seen } = upstream.handshakes.at(-1) ?? {}
    return { protocol: caller.socket.protocol, url, offered: seen?.['sec-websocket-protocol'], seen }
  }
  return { gate, upstream, open }
}

t.test('the service is offered the other subprotocols, and what it chooses is passed on', async (t) => {
  const { open, gate } = await start(t, 'bearer,webSocketProtocol')
  for (const protocols of [
    ['chat', marker, token],
    [marker, token, 'chat'],
    ['chat', kubernetes],
  ]) {
    const { protocol, offered, seen } = await open(protocols)
    t.match({ protocol, offered }, { protocol: 'chat', offered: 'chat' })
    t.equal(seen?.authorization, `Bearer ${token}`)
  }
  t.notOk(JSON.stringify(gate.lines).includes(token))
})

t.test('where the service chooses none, the page is answered with the marker, which is no secret', async (t) => {
  const { open } = await start(t, 'webSocketProtocol')
  const { protocol, offered, seen } = await open([marker, token])
  t.match({ protocol, offered }, { protocol: marker, offered: undefined })
  t.equal(seen?.authorization, `Bearer ${token}`)
})

t.test('a token that is no good, or is not there, opens nothing', async (t) => {
  const { gate, upstream } = await start(t, 'webSocketProtocol')
  for (const [offer, code] of [
    [`${marker}, wrong`, 'token_malformed'],
    [`chat, ${marker}`, 'token_malformed'],
    [`${marker}, ${token}, ${kubernetes}`, 'credential_conflict'],
    [`chat, ${token}`, 'token_missing'],
  ]) {
    const { raw } = await sendRaw({ port: gate.port, bytes: handshakeBytes('/live', `${wanted}: ${offer}`) })
    t.match(raw.toString(), `"code":"${code}"`)
    t.notOk(raw.toString().includes(token))
  }
  t.equal(upstream.handshakes.length, 0)
})

t.test('a service cannot choose the token or its marker', async (t) => {
  for (const chosen of [token, marker, kubernetes]) {
    const accept = (key: string) =>
      `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n${wanted}: ${chosen}\r\n\r\n`
    const upstream = await startRawUpstream(t, (socket) => answerUpgradeWith(socket, accept))
    const env = { COGATE_CREDENTIALS_SOURCES: 'webSocketProtocol' }
    const gate = await startTestGate(t, { issuer, upstream: upstream.url, env })
    const bytes = handshakeBytes('/live', `${wanted}: chat, ${marker}, ${token}`)
    const head = await readUntil(await openRaw(t, gate.port, bytes), '\r\n\r\n')
    t.match(head, /^HTTP\/1\.1 502 /)
  }
})

t.test('a relayed WebSocket offers the service the other subprotocols too', async (t) => {
  const { open } = await start(t, 'bearer,webSocketProtocol', 'relay')
  for (const protocols of [
    ['chat', marker, token],
    ['chat', kubernetes],
  ]) {
    t.match(await open(protocols), { protocol: 'chat', offered: 'chat', seen: { authorization: `Bearer ${token}` } })
  }
  t.match(await open(['chat'], { authorization: `Bearer ${token}` }), { protocol: 'chat', offered: 'chat' })
})

t.test('a parameter opens a WebSocket and leaves its target, in a tunnel and relayed', async (t) => {
  for (const webSocket of ['tunnel', 'relay'] as const) {
    const { open } = await start(t, 'insecureQuery:tok', webSocket)
    t.match(await open([], {}, `/live?a=1&tok=${token}`), { url: '/live?a=1' })
  }
})

t.test('a cookie opens a WebSocket for pages of our own, and for those of another site none', async (t) => {
  const { open, gate, upstream } = await start(t, 'cookie:tok')
  const cookie = `tok=${token}`
  t.match(await open([], { cookie, origin: gate.url }), { seen: { cookie: undefined } })
  const before = upstream.handshakes.length
  const bytes = handshakeBytes('/live', `Cookie: ${cookie}`, 'Origin: https://evil.example')
  t.match((await sendRaw({ port: gate.port, bytes })).raw.toString(), '"code":"cross_site_request"')
  t.equal(upstream.handshakes.length, before)
})
