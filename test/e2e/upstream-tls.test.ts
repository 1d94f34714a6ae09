/** An upstream over TLS is verified by its configured name, never by what the caller's Host says. */
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { type Credentials, createAuthority, writeFiles } from '../helpers/certificates.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startStackBefore } from '../helpers/stack.ts'

const authority = createAuthority()
const stranger = createAuthority('Somebody else')

interface SecureUpstream {
  readonly port: number
  readonly connections: () => number
  /** Names the connections asked for (SNI). */
  readonly serverNames: unknown[]
}

async function startSecureUpstream(t: Test, credentials: Credentials, clientCa?: string): Promise<SecureUpstream> {
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  const server = createServer({ ...credentials, ...mutual }, (_request, response) => response.end('secret'))
  const serverNames: unknown[] = []
  server.on('secureConnection', (socket: TLSSocket) => serverNames.push(socket.servername))
  const { port } = await listenOnLoopback(t, server)
  return { port, connections: () => serverNames.length, serverNames }
}

interface Case {
  readonly host?: string
  readonly port: number
  readonly env?: Readonly<Record<string, string | undefined>>
}

async function expectStatus(t: Test, status: number, { host = '127.0.0.1', port, env = {} }: Case): Promise<void> {
  const { head, send, gate } = await startStackBefore(t, `https://${host}:${port}`, { env })
  const { responses } = await send(head('GET /x'))
  t.equal(responses[0]?.status, status)
  if (status !== 502) return
  t.match(JSON.parse(responses[0]?.body.toString() ?? ''), { code: 'upstream_unreachable' })
  t.match(await gate.logged(({ msg }) => msg === 'upstream failed'), {
    err: { code: /CERT|UNABLE_TO_VERIFY|TLS|SSL/ },
  })
}

t.test('FLT-022 502 when nobody known signed the certificate', async (t) => {
  const { port } = await startSecureUpstream(t, authority.issue('127.0.0.1'))
  await expectStatus(t, 502, { port })
})

t.test('502 for an unknown signature even where the environment would switch the check off', async (t) => {
  const { port } = await startSecureUpstream(t, authority.issue('127.0.0.1'))
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  t.teardown(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'])
  await expectStatus(t, 502, { port })
})

t.test('FLT-023 200 with the right authority, and 502 with another', async (t) => {
  const { port } = await startSecureUpstream(t, authority.issue('127.0.0.1', 'localhost'))
  const files = writeFiles(t, { right: authority.ca, wrong: stranger.ca })
  await expectStatus(t, 200, { port, env: { COGATE_UPSTREAM_TLS_CA_FILE: files.right } })
  await expectStatus(t, 200, { port, host: 'localhost', env: { COGATE_UPSTREAM_TLS_CA_FILE: files.right } })
  await expectStatus(t, 502, { port, env: { COGATE_UPSTREAM_TLS_CA_FILE: files.wrong } })
})

t.test('FLT-022 FLT-023 502 for a certificate of another name, 200 once serverName says so', async (t) => {
  const { port, serverNames } = await startSecureUpstream(t, authority.issue('app.internal'))
  const env = { COGATE_UPSTREAM_TLS_CA_FILE: writeFiles(t, { ca: authority.ca }).ca }
  await expectStatus(t, 502, { port, env })
  await expectStatus(t, 502, { port, host: 'localhost', env })
  await expectStatus(t, 200, { port, env: { ...env, COGATE_UPSTREAM_TLS_SERVER_NAME: 'app.internal' } })
  t.equal(serverNames.at(-1), 'app.internal')
})

t.test('502 for a certificate that has expired', async (t) => {
  const { port } = await startSecureUpstream(t, authority.issueExpired('127.0.0.1'))
  await expectStatus(t, 502, { port, env: { COGATE_UPSTREAM_TLS_CA_FILE: writeFiles(t, { ca: authority.ca }).ca } })
})

t.test('502 for a certificate of the name the caller claims', async (t) => {
  const { port } = await startSecureUpstream(t, authority.issue('app.example'))
  await expectStatus(t, 502, { port, env: { COGATE_UPSTREAM_TLS_CA_FILE: writeFiles(t, { ca: authority.ca }).ca } })
})

t.test('one connection serves callers of every Host, which the upstream gets to see', async (t) => {
  const { port, connections, serverNames } = await startSecureUpstream(t, authority.issue('localhost'))
  const env = { COGATE_UPSTREAM_TLS_CA_FILE: writeFiles(t, { ca: authority.ca }).ca }
  const { head, send } = await startStackBefore(t, `https://localhost:${port}`, { env })
  for (const host of ['app.example', 'other.example', 'app.example']) {
    const { responses } = await send(head('GET /x').replace('app.example', host))
    t.equal(responses[0]?.status, 200)
  }
  t.equal(connections(), 1)
  t.strictSame(serverNames, ['localhost'])
})

t.test('200 for any certificate with insecureSkipVerify', async (t) => {
  const { port } = await startSecureUpstream(t, stranger.issue('nobody.example'))
  await expectStatus(t, 200, { port, env: { COGATE_UPSTREAM_TLS_INSECURE_SKIP_VERIFY: 'true' } })
})

t.test('shows its client certificate to an upstream that asks for one', async (t) => {
  const { port } = await startSecureUpstream(t, authority.issue('127.0.0.1'), authority.ca)
  const files = writeFiles(t, { ca: authority.ca, ...authority.issue('cogate') })
  const env = { COGATE_UPSTREAM_TLS_CA_FILE: files.ca }
  const { head, send } = await startStackBefore(t, `https://127.0.0.1:${port}`, { env })
  t.equal((await send(head('GET /x'))).responses[0]?.status, 502)
  const own = { COGATE_UPSTREAM_TLS_CERT_FILE: files.cert, COGATE_UPSTREAM_TLS_KEY_FILE: files.key }
  await expectStatus(t, 200, { port, env: { ...env, ...own } })
})
