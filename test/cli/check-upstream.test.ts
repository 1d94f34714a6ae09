/** What `cogate check` says of the upstream: it sends one real request and tells what came. */
import { createServer as createSecureServer } from 'node:https'
import { createServer } from 'node:net'
import t from 'tap'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { type CogateRun, runCogate } from '../helpers/cogate-process.ts'
import { type Issuer, startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startUpstream } from '../helpers/upstream.ts'

let issuer: Issuer
t.before(async () => {
  issuer = await startTestIssuer(t)
})

function variables(upstream: string): Record<string, string> {
  return {
    COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI',
    COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample',
    COGATE_USER_POOL_JWKS_URI: issuer.jwksUri,
    COGATE_UPSTREAM: upstream,
  }
}

function lastFinding({ stdout }: CogateRun): string {
  return stdout.trimEnd().split('\n').at(-1) ?? ''
}

t.test('any answer of the upstream is ok, and told (FLD-26)', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.writeHead(503).end('not yet'))
  const run = await runCogate(t, ['check'], { env: variables(upstream.url) })
  t.equal(run.code, 0)
  t.equal(lastFinding(run), `ok  upstream ${upstream.url}: answered GET / with 503`)
})

t.test('a TLS port that is reached by http:// is told (FLD-26)', async (t) => {
  const { cert, key } = createAuthority().issue('localhost')
  const { port } = await listenOnLoopback(
    t,
    createSecureServer({ cert, key }, (_request, response) => response.end()),
  )
  const url = `http://127.0.0.1:${port}`
  const run = await runCogate(t, ['check'], { env: variables(url) })
  t.equal(run.code, 1)
  t.equal(lastFinding(run), `FAILED  upstream ${url}: this port speaks TLS: write https://127.0.0.1:${port}`)
})

t.test('what accepts connections and does not answer as HTTP does is FAILED (FLD-26)', async (t) => {
  const { port } = await listenOnLoopback(
    t,
    createServer((socket) => socket.end('220 mail.example ESMTP\r\n')),
  )
  const run = await runCogate(t, ['check'], { env: variables(`http://127.0.0.1:${port}`) })
  t.equal(run.code, 1)
  t.equal(lastFinding(run).slice(0, 6), 'FAILED')
})

t.test('an upstream by name, by socket and by TLS that is none is FAILED with a reason', async (t) => {
  const plain = await startUpstream(t)
  const urls = ['http://localhost:1', 'unix:/nowhere/app.sock', plain.url.replace('http:', 'https:')]
  for (const url of urls) {
    const run = await runCogate(t, ['check'], { env: variables(url) })
    t.equal(run.code, 1)
    const text = lastFinding(run)
    t.match(text, new RegExp(`^FAILED {2}upstream ${url}: \\S*[A-Za-z]{3}`))
    t.notMatch(text, /undefined/)
  }
})

t.test('https:// in front of a service without TLS is told, with what to write', async (t) => {
  const plain = await startUpstream(t)
  const url = plain.url.replace('http:', 'https:')
  const run = await runCogate(t, ['check'], { env: variables(url) })
  t.equal(lastFinding(run), `FAILED  upstream ${url}: this port does not speak TLS: write http:// in upstream.url`)
})

t.test('a certificate of the service that is not taken is told with the step that mends it', async (t) => {
  const known = createAuthority()
  const { ca } = writeFiles(t, { ca: known.ca })
  const cases = [
    [known.issueExpired('127.0.0.1'), ca, 'the certificate of the service has expired; renew it there'],
    [
      known.issue('other.example'),
      ca,
      'the certificate of the service is for another name; write that name into tls.serverName',
    ],
    [
      createAuthority('Another CA').issue('127.0.0.1'),
      ca,
      'the authority of the service is not known here; name its certificate',
    ],
  ] as const
  for (const [credentials, caFile, says] of cases) {
    const server = createSecureServer(credentials, (_request, response) => response.end())
    const { port } = await listenOnLoopback(t, server)
    const url = `https://127.0.0.1:${port}`
    const env = { ...variables(url), COGATE_UPSTREAM_TLS_CA_FILE: caFile }
    const run = await runCogate(t, ['check'], { env })
    t.equal(run.code, 1)
    t.equal(lastFinding(run).slice(0, `FAILED  upstream ${url}: ${says}`.length), `FAILED  upstream ${url}: ${says}`)
  }
})

t.test('a service that cannot be reached is told with the question that helps', async (t) => {
  const cases = [
    ['http://127.0.0.1:1', /ECONNREFUSED.*; is the service up, and is the address right\?$/],
    ['http://localhost:1', /; is the service up, and is the address right\?$/],
    ['unix:/nowhere/app.sock', /ENOENT.*; the service makes this socket: is it up, and is the path right\?$/],
  ] as const
  for (const [url, says] of cases) t.match(lastFinding(await runCogate(t, ['check'], { env: variables(url) })), says)
})
