/** The ways to an upstream that relayed WebSockets take: those of every request. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { openCaller } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const authority = createAuthority()
const { ca = '' } = writeFiles(t, { ca: authority.ca })

function echoOn(server: Server): Server {
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  return server
}

function openTo(t: Test, upstream: string, env: Readonly<Record<string, string | undefined>> = {}) {
  const options = { issuer, upstream, env: { COGATE_UPSTREAM_WEB_SOCKET: 'relay', ...env } }
  const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
  return startTestGate(t, options).then(({ url }) => openCaller(t, url, { headers }))
}

/** Several at once, so that what is read for one is not what another keeps. */
async function expectEchoes(
  t: Test,
  upstream: string,
  env?: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { socket, next } = await openTo(t, upstream, env)
  const messages = Array.from({ length: 8 }, () => randomBytes(300_000))
  for (const message of messages) socket.send(message)
  for (const message of messages) t.ok((await next()).equals(message))
}

t.test('messages pass to an upstream over TLS, whose certificate is verified', async (t) => {
  const server = echoOn(createSecureServer(authority.issue('localhost')))
  const { port } = await listenOnLoopback(t, server)
  await expectEchoes(t, `https://localhost:${port}`, { COGATE_UPSTREAM_TLS_CA_FILE: ca })
  const { closed } = await openTo(t, `https://localhost:${port}`)
  t.strictSame(await closed, { code: 1011, reason: '' })
})

t.test('messages pass to an upstream on a Unix socket', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cogate-test-'))
  const server = echoOn(createServer())
  await once(server.listen(join(directory, 'app.sock')), 'listening')
  t.teardown(() => {
    server.close().closeAllConnections()
    rmSync(directory, { recursive: true })
  })
  await expectEchoes(t, `unix:${join(directory, 'app.sock')}`)
})

t.test('messages pass from callers over TLS', async (t) => {
  const { port } = await listenOnLoopback(t, echoOn(createServer()))
  const files = writeFiles(t, { ...authority.issue('localhost') })
  const env = { COGATE_TLS_CERT_FILE: files.cert ?? '', COGATE_TLS_KEY_FILE: files.key ?? '' }
  const gate = await startTestGate(t, {
    issuer,
    upstream: `http://127.0.0.1:${port}`,
    env: { COGATE_UPSTREAM_WEB_SOCKET: 'relay', ...env },
  })
  const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
  const { socket, next } = await openCaller(t, `https://localhost:${gate.port}`, { headers, ca: authority.ca })
  const message = randomBytes(300_000)
  socket.send(message)
  t.ok((await next()).equals(message))
})
