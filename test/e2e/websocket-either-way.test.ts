/** What holds for a WebSocket whether its bytes go through a tunnel or its messages are relayed. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { handshakeBytes, openCaller, openRaw, readUntil, startSocketUpstream } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const token = issuer.mintAccessToken({ groups: ['staff'] })
const authorization = `Bearer ${token}`
const allowed = `Authorization: ${authorization}`

const messages: readonly (string | Buffer)[] = [
  '',
  'héllo 😀',
  randomBytes(200),
  randomBytes(1024 * 1024),
  'x'.repeat(70_000),
]

const targets = [`/a{b}|^"<>'\``, `/x?q='"<>{}|^\`%zz&&a=b=c?`, '/x?', '/a%20b/%C3%A9', '/']

const refusals = [
  ['without a token', handshakeBytes('/'), 401, 'token_missing'],
  [
    'with a forged token',
    handshakeBytes('/', `Authorization: Bearer ${issuer.tamper(token)}`),
    401,
    'signature_invalid',
  ],
  [
    'with a token of yesterday',
    handshakeBytes('/', `Authorization: Bearer ${issuer.mintAccessToken({ expiresInSeconds: -1 })}`),
    401,
    'token_expired',
  ],
  ['outside the group', handshakeBytes('/board', allowed), 403, 'insufficient_group'],
  ['of version 8', handshakeBytes('/', allowed).replace('Version: 13', 'Version: 8'), 400, 'request_malformed'],
  ['with a short key', handshakeBytes('/', allowed).replace(/Key: .*/, 'Key: short'), 400, 'request_malformed'],
] as const

async function startSocketStack(t: Test, webSocket: 'tunnel' | 'relay') {
  const upstream = await startSocketUpstream(t)
  const upgrades: string[] = []
  upstream.server.on('upgrade', ({ url = '' }) => upgrades.push(url))
  const gate = await startTestGate(t, {
    issuer,
    upstream: upstream.url,
    routes: [{ path: '/*' }, { path: '/board', groups: ['board'] }],
    env: { COGATE_UPSTREAM_WEB_SOCKET: webSocket },
  })
  const open = (path = '/', headers: Record<string, string> = {}) =>
    openCaller(t, gate.url + path, { headers: { authorization, ...headers } })
  return { upstream, gate, upgrades, open }
}

type Stack = Awaited<ReturnType<typeof startSocketStack>>

function eitherWay(what: string, run: (t: Test, stack: Stack) => Promise<void>): void {
  for (const way of ['tunnel', 'relay'] as const) {
    t.test(`${way}: ${what}`, async (t) => run(t, await startSocketStack(t, way)))
  }
}

eitherWay('text and binary messages of every size pass in both directions as they are', async (t, { open }) => {
  const { socket, next } = await open()
  const kinds: boolean[] = []
  socket.on('message', (_data, binary) => kinds.push(binary))
  for (const message of messages) {
    socket.send(message)
    t.ok((await next()).equals(Buffer.from(message)), `${message.length}`)
  }
  t.strictSame(
    kinds,
    messages.map((message) => typeof message !== 'string'),
  )
})

eitherWay('messages sent before the upstream is open arrive in their order', async (t, { open }) => {
  const { socket, next } = await open()
  for (let index = 0; index < 500; index++) socket.send(String(index))
  for (let index = 0; index < 500; index++) t.equal((await next()).toString(), String(index))
})

eitherWay(
  'the handshake upstream tells who calls, from where, and what the caller asked for',
  async (t, { upstream, open, gate }) => {
    const asked = { host: 'app.example', origin: 'https://app.example', cookie: 'a=1; b=2', 'x-other': '1' }
    await open('/chat/%C3%A9?room=1&x=a%2Fb', asked)
    await upstream.opened(1)
    const { url, headers } = upstream.handshakes[0] ?? {}
    t.equal(url, '/chat/%C3%A9?room=1&x=a%2Fb')
    t.hasStrict(headers, {
      ...asked,
      authorization,
      'x-forwarded-user': 'alice',
      'x-forwarded-groups': 'staff',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': String(gate.port),
    })
    t.equal(headers?.via, undefined)
    t.ok(headers?.['x-cognito-sub'])
    t.ok(headers?.['x-request-id'])
  },
)

eitherWay('forged identity headers do not reach the upstream', async (t, { upstream, open }) => {
  await open('/', {
    'x-forwarded-user': 'mallory',
    X_Forwarded_Groups: 'admin',
    'x-cognito-sub': 'mallory',
    'x-cognito-anything': 'mallory',
    'x-amzn-oidc-data': 'mallory',
    'x-forwarded-for': '203.0.113.9',
    connection: 'Upgrade, X-Forwarded-User, X-Cognito-Sub',
  })
  await upstream.opened(1)
  const { rawHeaders = [], headers } = upstream.handshakes[0] ?? {}
  t.notMatch(rawHeaders.join('\n'), /mallory|admin|203\.0\.113/)
  t.hasStrict(headers, { 'x-forwarded-user': 'alice', 'x-forwarded-groups': 'staff' })
})

eitherWay('the target arrives byte for byte, whatever a URL parser would make of it', async (t, { upstream, gate }) => {
  for (const target of targets) {
    const caller = await openRaw(t, gate.port, handshakeBytes(target, allowed))
    t.match(await readUntil(caller, '\r\n\r\n'), /^HTTP\/1\.1 101 /)
  }
  await upstream.opened(targets.length)
  t.strictSame(upstream.handshakes.map(({ url }) => url).sort(), targets.toSorted())
})

eitherWay(
  'close codes and reasons pass in both directions, and so does an end without a code',
  async (t, { upstream, open }) => {
    const first = await open()
    await upstream.opened(1)
    upstream.sockets[0]?.close(4001, 'go away')
    t.strictSame(await first.closed, { code: 4001, reason: 'go away' })
    for (const [index, args] of ([[1000, 'done'], []] as [number?, string?][]).entries()) {
      const { socket } = await open()
      await upstream.opened(index + 2)
      const far = upstream.sockets[index + 1]
      if (far === undefined) throw new Error('no upstream socket')
      const farClosed = once(far, 'close')
      socket.close(...args)
      const [code, reason] = await farClosed
      t.strictSame([code, String(reason)], [args[0] ?? 1005, args[1] ?? ''])
    }
  },
)

eitherWay(
  'what may not be opened is refused before any 101, and nothing reaches the upstream',
  async (t, { gate, upstream, upgrades }) => {
    for (const [what, bytes, status, code] of refusals) {
      const { responses, closed } = await sendRaw({ port: gate.port, bytes })
      t.hasStrict(responses, [{ status, headers: { connection: ['close'] } }], what)
      t.match(JSON.parse(responses[0]?.body.toString() ?? ''), { code }, what)
      t.ok(closed, what)
    }
    t.strictSame(upgrades, [])
    t.equal(upstream.requests.length, 0)
  },
)

eitherWay('one access line with status 101 when it is over', async (t, { gate, open }) => {
  const { socket, closed } = await open('/chat?secret=1')
  socket.close(1000)
  await closed
  const line = await gate.logged(({ msg }) => msg === 'access')
  t.hasStrict(line, { method: 'GET', path: '/chat', outcome: 'allow', reason: 'allowed', status: 101 })
  t.notOk(line['aborted'])
  t.equal(gate.lines.filter(({ msg }) => msg === 'access').length, 1)
})

eitherWay('upgrades at the same moment keep their own headers', async (t, { upstream, gate }) => {
  const names = Array.from({ length: 30 }, (_, index) => `user${index}`)
  await Promise.all(
    names.map((username) =>
      openCaller(t, `${gate.url}/${username}`, {
        headers: { authorization: `Bearer ${issuer.mintAccessToken({ username })}` },
      }),
    ),
  )
  await upstream.opened(names.length)
  t.strictSame(
    upstream.handshakes.map(({ url, headers }) => [url, headers['x-forwarded-user']]).sort(),
    names.map((name) => [`/${name}`, name]).sort(),
  )
})
