import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import t, { type Test } from 'tap'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { type CogateOptions, runCogate } from '../helpers/cogate-process.ts'
import { startConnectProxy } from '../helpers/connect-proxy.ts'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startUpstream } from '../helpers/upstream.ts'

/** A key endpoint over TLS with an authority of its own, and the variables for a gate that trusts its keys. */
async function startWorld(t: Test) {
  const { ca, issue } = createAuthority()
  const issuer = await startTestIssuer(t)
  const keys = await (await fetch(`${issuer.issuer}/.well-known/jwks.json`)).text()
  const server = createTlsServer(issue('localhost'), (_request, response) => response.end(keys))
  const { port } = await listenOnLoopback(t, server)
  const upstream = await listenOnLoopback(
    t,
    createServer((_request, response) => response.end()),
  )
  const proxy = await startConnectProxy(t)
  const { caFile } = writeFiles(t, { caFile: ca })
  const env = {
    COGATE_USER_POOL_ID: issuer.poolId,
    COGATE_CLIENT_ID: issuer.clientId,
    COGATE_USER_POOL_ISSUER: issuer.issuer,
    COGATE_USER_POOL_JWKS_URI: `https://localhost:${port}/jwks.json`,
    COGATE_UPSTREAM: `http://127.0.0.1:${upstream.port}`,
    https_proxy: undefined,
    no_proxy: undefined,
    NO_PROXY: undefined,
    HTTPS_PROXY: proxy.url,
  }
  const check = (options: CogateOptions) => runCogate(t, ['check'], { ...options, env: { ...env, ...options.env } })
  return { issuer, proxy, env, caFile, check, target: `localhost:${port}` }
}

t.test('check fetches keys through HTTPS_PROXY and trusts NODE_EXTRA_CA_CERTS', async (t) => {
  const { proxy, check, caFile, target } = await startWorld(t)
  const { code, stdout, stderr } = await check({ env: { NODE_EXTRA_CA_CERTS: caFile } })
  t.equal(code, 0, stdout + stderr)
  t.same(
    proxy.asked.map((asked) => asked.target),
    [target, target],
    'for the keys, and to measure the way',
  )
})

t.test(
  'check fetches keys past the proxy for a host of NO_PROXY, with the authorities of --use-system-ca',
  async (t) => {
    const { proxy, check, caFile } = await startWorld(t)
    const env = { NO_PROXY: 'localhost', SSL_CERT_FILE: caFile }
    const { code, stdout } = await check({ nodeArgs: ['--use-system-ca'], env })
    t.equal(code, 0, stdout)
    t.same(proxy.asked, [])
  },
)

t.test('an authority that nobody trusts is refused behind the proxy', async (t) => {
  const { check } = await startWorld(t)
  const { code, stdout } = await check({})
  t.equal(code, 1)
  t.match(stdout, /fetch failed with (?:SELF_SIGNED|UNABLE_TO)/)
})

t.test('a proxy that is no address stops the start with the name of the variable', async (t) => {
  const { check } = await startWorld(t)
  const { code, stderr } = await check({ env: { HTTPS_PROXY: 'socks5://u:secret@127.0.0.1:1' } })
  t.equal(code, 64)
  t.match(stderr, /HTTPS_PROXY/)
  t.notMatch(stderr, /secret/)
})

t.test('every worker fetches its keys through the proxy', async (t) => {
  const { proxy, env, issuer, caFile } = await startWorld(t)
  const upstream = await startUpstream(t)
  const gate = await spawnGate(t, {
    issuer,
    upstream: upstream.url,
    env: { ...env, COGATE_UPSTREAM: upstream.url, NODE_EXTRA_CA_CERTS: caFile, COGATE_WORKERS: '2' },
  })
  for (const worker of [1, 2]) await gate.logged((line) => line.msg === 'keys_changed' && line.worker === worker)
  t.equal(proxy.asked.length, 2)
})
