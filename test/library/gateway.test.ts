/** A gateway that a team wrote with @fastify/http-proxy, guarded by the library: what the service gets, and what it never gets. */
import { once } from 'node:events'
import { connect } from 'node:net'
import httpProxy from '@fastify/http-proxy'
import type { FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { CogateOptions } from '../../src/library/options.ts'
import { startGuardedApp } from '../helpers/guarded-app.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startUpstream } from '../helpers/upstream.ts'
import { startSocketUpstream } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const mint = (claims = {}) => `Bearer ${issuer.mintAccessToken({ username: 'alice', groups: ['users'], ...claims })}`

async function startGateway(t: Test, options: Partial<CogateOptions> = {}) {
  const service = await startUpstream(t)
  const gateway = await startGuardedApp(t, {
    issuer,
    options,
    routes: (app) => {
      app.register(httpProxy, { upstream: service.url })
      app.register(httpProxy, {
        upstream: service.url,
        prefix: '/open',
        rewritePrefix: '/open',
        config: { cogate: { auth: 'none' } },
      })
    },
  })
  /** What the service got. */
  const send = async (lines: readonly string[], path = '/x') => {
    const head = [`GET ${path} HTTP/1.1`, 'Host: app.example', ...lines].join('\r\n')
    const { responses } = await sendRaw({ port: gateway.port, bytes: Buffer.from(`${head}\r\n\r\n`) })
    const request = service.requests.at(-1)
    return { status: responses[0]?.status, headers: request?.headers ?? {}, url: request?.url }
  }
  return { ...gateway, service, send }
}

const forged = [
  'X-Forwarded-User: mallory',
  'x_forwarded_user: mallory',
  'X-Forwarded.Groups: mallory',
  'X-Cognito-Sub: mallory',
  'Remote-User: mallory',
  'X-Amzn-Oidc-Data: mallory',
  'X-User-Id: mallory',
  'Proxy: mallory',
  'X-Original-URL: /mallory',
  'X-Rewrite-URL: /mallory',
  'X-Script-Name: /mallory',
  'X_Forwarded_For: mallory',
  'X_Original_URL: /mallory',
  'Content_Length: 9 mallory',
]

t.test('the service gets who calls from the token, and no identity header of the caller in any spelling', async (t) => {
  const { send } = await startGateway(t)
  const { status, headers } = await send([`Authorization: ${mint()}`, ...forged])
  t.equal(status, 200)
  t.match(headers, {
    'x-forwarded-user': 'alice',
    'x-forwarded-groups': 'users',
    'x-cognito-client-id': issuer.clientId,
  })
  t.notMatch(JSON.stringify(headers), 'mallory')
  t.match(headers.authorization, /^Bearer /)
})

t.test('an open path takes the forged headers out too', async (t) => {
  const { send } = await startGateway(t)
  const { status, headers } = await send(forged, '/open/x')
  t.equal(status, 200)
  t.notMatch(JSON.stringify(headers), 'mallory')
  t.notOk(headers['x-forwarded-user'])
})

t.test('a caller cannot take the identity away by naming it in Connection', async (t) => {
  const { send } = await startGateway(t)
  const lines = [
    `Authorization: ${mint()}`,
    'X-Own: 1',
    'Connection: close, x-forwarded-user, X_Forwarded_Groups, X-Own',
  ]
  const { headers } = await send(lines)
  t.match(headers, { 'x-forwarded-user': 'alice', 'x-forwarded-groups': 'users' })
  t.notOk(headers['x-own'], 'what else it names goes no further')
  const alone = await send([`Authorization: ${mint()}`, 'Connection: x-forwarded-user'])
  t.match(alone.headers, { 'x-forwarded-user': 'alice' })
})

t.test('the token stays here where passToken is false; another Authorization passes', async (t) => {
  const { send } = await startGateway(t, { identityHeaders: { passToken: false } })
  const { headers } = await send([`Authorization: ${mint()}`])
  t.notOk(headers.authorization)
  t.match(headers, { 'x-forwarded-user': 'alice' })
  t.match((await send(['Authorization: Basic eDp5'], '/open/x')).headers, { authorization: 'Basic eDp5' })
})

t.test('a trusted proxy may say where a request came from', async (t) => {
  const { send, lines } = await startGateway(t, { forwarded: { trust: ['127.0.0.1'] } })
  const said = ['X-Original-URL: /said', 'X-Request-Id: mine', 'X-Forwarded-For: 203.0.113.9']
  const { headers } = await send([`Authorization: ${mint()}`, ...said, 'X-Forwarded-User: mallory'])
  t.match(headers, { 'x-original-url': '/said', 'x-forwarded-user': 'alice' })
  t.match(
    lines.find(({ msg }) => msg === 'access'),
    { requestId: 'mine', client: '203.0.113.9', address: '127.0.0.1' },
  )
})

t.test('a handler sees the same in every form of the headers that Node has', async (t) => {
  const { url } = await startGuardedApp(t, {
    issuer,
    routes: (app) => {
      app.get('/', async ({ raw, headers, cogate }: FastifyRequest) => [
        ...[raw.rawHeaders, raw.headersDistinct, headers],
        ...[cogate.identityHeaders, cogate.subject, cogate.clientId, cogate.userPool, cogate.scopes, cogate.expiresAt],
      ])
    },
  })
  const headers = { authorization: mint({ sub: 's-1', scope: 'a/b' }), 'x-forwarded-user': 'mallory', 'x-own': '1' }
  const text = await (await fetch(url, { headers })).text()
  t.notMatch(text, 'mallory')
  const [raw, , seen, identity, ...rest] = JSON.parse(text)
  t.ok(raw.includes('X-Forwarded-User'))
  t.match(seen, { 'x-own': '1', 'x-forwarded-user': 'alice' })
  t.match(identity, { 'X-Forwarded-User': 'alice', 'X-Cognito-Sub': 's-1' })
  t.match(rest, ['s-1', issuer.clientId, issuer.poolId, ['a/b'], Number])
})

t.test('a WebSocket needs a token, tells the service who calls, and is refused with an answer', async (t) => {
  const service = await startSocketUpstream(t)
  const { port } = await startGuardedApp(t, {
    issuer,
    routes: (app) =>
      app.register(httpProxy, {
        upstream: service.url,
        websocket: true,
        wsClientOptions: {
          rewriteRequestHeaders: (headers: object, request: FastifyRequest) => ({
            ...headers,
            ...request.cogate.identityHeaders,
          }),
        } as object,
      }),
  })
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { authorization: mint() } })
  await once(socket, 'open')
  await service.opened(1)
  t.match(service.handshakes[0]?.headers, { 'x-forwarded-user': 'alice' })
  socket.terminate()
  const caller = connect(port, '127.0.0.1')
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
  caller.write(`GET / HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n\r\n`)
  let text = ''
  caller.on('data', (chunk) => {
    text += chunk
  })
  await once(caller, 'close')
  t.match(text, /^HTTP\/1\.1 401 [\s\S]*token_missing/)
})

t.test('raw headers too lose the names of ours in Connection', async (t) => {
  const { port } = await startGuardedApp(t, {
    issuer,
    routes: (app) => {
      app.get('/', async ({ raw }: FastifyRequest) => [raw.rawHeaders, raw.headersDistinct])
    },
  })
  const ask = async (...connections: readonly string[]) => {
    const lines = connections.map((names) => `Connection: ${names}\r\n`).join('')
    const bytes = `GET / HTTP/1.1\r\nHost: app.example\r\nAuthorization: ${mint()}\r\n${lines}\r\n`
    const { responses } = await sendRaw({ port, bytes })
    return JSON.parse(String(responses[0]?.body)) as [string[], Record<string, string[]>]
  }
  for (const lines of [['X-Forwarded-User, X-Own'], ['X-Own', 'x_forwarded_user']]) {
    const [raw, distinct] = await ask(...lines)
    t.same(distinct['connection'], ['X-Own'])
    t.match(raw.join(), /,connection,X-Own,/i)
  }
  const [raw] = await ask('X-Forwarded-User')
  t.notMatch(raw.join(), /connection/i)
})
