/**
 * WebSockets through the gate between peers of two makers: `ws` and Python's wsproto, each as caller and as upstream. A
 * green run proves that messages, pings, close codes, subprotocols and compression pass as the two ends agree on them.
 */
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { type SocketPeer, startWsUpstream } from '../helpers/socket-peers.ts'
import { exchangesOfPeers } from '../helpers/suite-facts.ts'
import { type Caller, openCaller } from '../helpers/websockets.ts'
import { callByWsproto, hasWsproto, startWsprotoUpstream } from '../helpers/wsproto.ts'

const issuer = await startTestIssuer(t)
const token = issuer.mintAccessToken()
const skipWsproto =
  !hasWsproto() && process.env['CI'] === undefined && 'wsproto is not installed (apt-get install python3-wsproto)'

type Exchange = (t: Test, caller: Caller, upstream: SocketPeer) => Promise<void>

const exchanges: Readonly<Record<(typeof exchangesOfPeers)[number], Exchange>> = {
  async 'a subprotocol is agreed on'(t, { socket }) {
    t.equal(socket.protocol, 'chat')
  },
  async 'compression is agreed on'(t, caller) {
    t.match(caller.socket.extensions, 'permessage-deflate')
    caller.socket.send('x'.repeat(100_000))
    t.equal((await caller.next()).toString(), 'x'.repeat(100_000))
  },
  async 'a message in fragments arrives whole'(t, caller) {
    caller.socket.send('frag', { fin: false })
    caller.socket.send('men', { fin: false })
    caller.socket.send('ted', { fin: true })
    t.equal((await caller.next()).toString(), 'fragmented')
  },
  async '1 MiB of bytes comes back as it went'(t, caller) {
    const bytes = Buffer.alloc(1024 ** 2, 'a binary message')
    caller.socket.send(bytes)
    t.ok((await caller.next()).equals(bytes))
  },
  async 'a ping of the caller is answered by the upstream'(t, { socket }) {
    socket.ping('caller')
    const [payload] = await once(socket, 'pong')
    t.equal(String(payload), 'caller')
  },
  async 'a ping of the upstream is answered by the caller'(t, caller) {
    caller.socket.send('ping me')
    t.equal((await caller.next()).toString(), 'pong upstream')
  },
  async 'the code and reason of the caller reach the upstream'(t, caller, upstream) {
    const ended = upstream.closed()
    caller.socket.close(4002, 'done')
    t.same(await ended, { code: 4002, reason: 'done' })
    t.same(await caller.closed, { code: 4002, reason: 'done' })
  },
  async 'the code and reason of the upstream reach the caller'(t, caller) {
    caller.socket.send('close me')
    t.same(await caller.closed, { code: 4001, reason: 'bye' })
  },
}

async function runExchanges(t: Test, startPeer: (t: Test) => Promise<SocketPeer>): Promise<void> {
  t.same(Object.keys(exchanges), exchangesOfPeers)
  for (const [name, exchange] of Object.entries(exchanges)) {
    t.test(name, async (t) => {
      const upstream = await startPeer(t)
      const gate = await startTestGate(t, { issuer, upstream: upstream.url })
      const options = { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: { threshold: 0 } }
      await exchange(t, await openCaller(t, gate.url, options, ['other', 'chat']), upstream)
    })
  }
}

t.test('ws calls ws', (t) => runExchanges(t, startWsUpstream))

t.test('ws calls wsproto', { skip: skipWsproto }, (t) => runExchanges(t, startWsprotoUpstream))

t.test('wsproto calls ws', { skip: skipWsproto }, async (t) => {
  const upstream = await startWsUpstream(t)
  const gate = await startTestGate(t, { issuer, upstream: upstream.url })
  const ended = upstream.closed()
  t.same(await callByWsproto(t, gate.port, token), {
    subprotocol: 'chat',
    extensions: ['permessage-deflate'],
    fragmented: 'fragmented',
    large: true,
    pong: 'caller',
    answered: 'pong upstream',
    closed: [4002, 'done'],
  })
  t.same(await ended, { code: 4002, reason: 'done' })
})
