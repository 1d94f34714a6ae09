/** Cognito cannot be reached when the gate starts: it listens, says so, serves what is public, and recovers by itself. */
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startScriptedJwks, startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startUpstream } from '../helpers/upstream.ts'

async function startWithoutKeys(t: Test) {
  const issuer = await startTestIssuer(t)
  const jwks = await startScriptedJwks(t, issuer.keys.jwks())
  await jwks.setMode('down')
  const upstream = await startUpstream(t)
  const routes = [
    { path: '/public', auth: 'none' },
    { path: '/greet', auth: 'optional' },
  ]
  const env = { COGATE_USER_POOL_JWKS_URI: jwks.uri, COGATE_JWKS_COOLDOWN: '100ms', COGATE_JWKS_TIMEOUT: '500ms' }
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, routes, env, waitForKeys: false })
  const authorization = `Bearer ${issuer.mintAccessToken()}`
  const ask = async (path: string, ...fields: string[]) => {
    const bytes = [`GET ${path} HTTP/1.1`, 'Host: a', ...fields, '\r\n'].join('\r\n')
    const { responses } = await sendRaw({ port: gate.port, bytes })
    return responses[0]
  }
  return { gate, jwks, upstream, ask, withToken: (path: string) => ask(path, `Authorization: ${authorization}`) }
}

t.test('live, not ready, public routes served, protected ones 503 keys_unavailable with Retry-After', async (t) => {
  const { gate, ask, withToken, upstream } = await startWithoutKeys(t)
  await gate.logged(({ msg }) => msg === 'fetch_failed')
  t.equal((await fetch(`${gate.opsUrl}/livez`)).status, 200)
  const ready = await fetch(`${gate.opsUrl}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), { ready: false, draining: false, pools: [{ ready: false }] })
  t.equal((await ask('/public'))?.status, 200)
  t.equal((await withToken('/public'))?.status, 200)
  t.equal((await ask('/greet'))?.status, 200)
  t.equal((await ask('/private'))?.status, 401)
  for (const path of ['/private', '/greet']) {
    const answer = await withToken(path)
    t.equal(answer?.status, 503)
    t.match(answer?.headers['retry-after'], [/^\d+$/])
    t.hasStrict(JSON.parse(answer?.body.toString() ?? ''), { code: 'keys_unavailable', status: 503 })
  }
  t.equal(upstream.requests.length, 3)
  const metrics = await (await fetch(`${gate.opsUrl}/metrics`)).text()
  t.match(metrics, /^cogate_verifications_total\{result="keys_unavailable"\} 2$/m)
  t.match(metrics, /^cogate_jwks_fetches_total\{pool="[^"]+",result="error"\} [1-9]/m)
})

t.test('ready by itself once the keys can be fetched', async (t) => {
  const { gate, jwks, withToken } = await startWithoutKeys(t)
  await gate.logged(({ msg }) => msg === 'fetch_failed')
  await jwks.setMode('ok')
  await gate.logged(({ msg }) => msg === 'keys_changed')
  t.equal((await fetch(`${gate.opsUrl}/readyz`)).status, 200)
  t.equal((await withToken('/private'))?.status, 200)
})

t.test('stays ready and serves when the keys cannot be fetched any more', async (t) => {
  const { gate, jwks, withToken } = await startWithoutKeys(t)
  await jwks.setMode('ok')
  await gate.logged(({ msg }) => msg === 'keys_changed')
  await jwks.setMode('down')
  t.equal((await withToken('/private'))?.status, 200)
  t.equal((await fetch(`${gate.opsUrl}/readyz`)).status, 200)
})
