/** The signed identity as a service gets it: verified by another library with the keys that the gate publishes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AlbJwtVerifier } from 'aws-jwt-verify'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { makePrivateKey } from '../../src/identity-token/signing-keys.ts'
import { connectCaller, spawnCrew } from '../helpers/crew.ts'
import { startAskStack } from '../helpers/forward-auth.ts'
import { gateEnvironment, spawnGate, startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startLoginWorld } from '../helpers/login-world.ts'
import { startStack } from '../helpers/stack.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = 'https://app.example.com'
const env = { COGATE_PUBLIC_URL: issuer, COGATE_IDENTITY_TOKEN_AUDIENCE: 'orders' }

function keysOf({ port }: { readonly port: number }) {
  return createRemoteJWKSet(new URL(`http://127.0.0.1:${port}/_cogate/jwks.json`), { cooldownDuration: 0 })
}

t.test('every verified request has one, and another library verifies it with the published keys', async (t) => {
  const { gate, upstream, send, head } = await startStack(t, { env })
  await send(head('GET /a'))
  await send(head('GET /b'))
  const tokens = upstream.requests.map(({ headers }) => String(headers['x-cogate-identity']))
  t.equal(tokens[0], tokens[1], 'signed once')
  const { payload } = await jwtVerify(tokens[0] ?? '', keysOf(gate), {
    issuer,
    audience: 'orders',
    algorithms: ['ES256'],
  })
  t.match(payload, { username: 'alice', scope: 'openid profile email', client_id: '1democlient2345678901234ab' })
  const answer = await fetch(`${gate.url}/_cogate/jwks.json`)
  t.equal(answer.headers.get('content-type'), 'application/jwk-set+json')
  t.equal(answer.headers.get('cache-control'), 'public, max-age=300')
  t.match(await answer.json(), { keys: [{ kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256', d: undefined }] })
})

t.test('without an audience nothing is signed and nothing is published', async (t) => {
  const { gate, upstream, send, head } = await startStack(t)
  await send(head('GET /a', 'X-Cogate-Identity: forged'))
  t.notOk('x-cogate-identity' in (upstream.requests[0]?.headers ?? {}))
  for (const path of ['/_cogate/jwks.json', '/_cogate/keys/x']) {
    const answer = await fetch(gate.url + path)
    t.match(await answer.json(), { status: 404, code: 'endpoint_not_found' }, path)
  }
})

t.test('a key is published as PEM by its kid, and no other is', async (t) => {
  const { gate, upstream, send, head } = await startStack(t, { env })
  await send(head('GET /'))
  const { kid } = decodeProtectedHeader(String(upstream.requests[0]?.headers['x-cogate-identity']))
  const answer = await fetch(`${gate.url}/_cogate/keys/${kid}`)
  t.match(await answer.text(), /^-----BEGIN PUBLIC KEY-----/)
  for (const other of ['', 'x', '00000000-0000-0000-0000-000000000000', `${kid}/x`]) {
    t.equal((await fetch(`${gate.url}/_cogate/keys/${other}`)).status, 404, other)
  }
})

t.test('a service that verifies what a load balancer signs goes on with another address of the keys', async (t) => {
  const signer = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/0123456789abcdef'
  const {
    gate,
    upstream,
    send,
    head,
    issuer: pool,
  } = await startStack(t, {
    env: { ...env, COGATE_IDENTITY_HEADERS_PRESET: 'alb', COGATE_IDENTITY_TOKEN_SIGNER: signer },
  })
  await send(head('GET /', 'X-Amzn-Oidc-Data: forged'))
  const { headers } = upstream.requests[0] ?? {}
  const data = String(headers?.['x-amzn-oidc-data'])
  const { keys } = (await (await fetch(`${gate.url}/_cogate/jwks.json`)).json()) as { keys: [{ kid: string }] }
  const verifier = AlbJwtVerifier.create({
    issuer: pool.issuer,
    clientId: pool.clientId,
    albArn: signer,
    jwksUri: 'https://app.example.com/_cogate/keys',
  })
  verifier.cacheJwks({ keys: [keys[0] as never] })
  t.match(await verifier.verify(data), { username: 'alice', sub: headers?.['x-amzn-oidc-identity'] })
  const [first, second, third] = data.split('.')
  await t.rejects(verifier.verify(`${first}.${second?.replace(/.$/, 'A')}.${third}`))
})

t.test('forward-auth answers with it, and empties it for who is not known', async (t) => {
  const { ask, gate } = await startAskStack(t, { env, routes: [{ path: '/public', auth: 'none' }] })
  const answer = await ask('uri', { method: 'GET', target: '/a' })
  const [token = ''] = answer.headers['x-cogate-identity'] ?? []
  t.match((await jwtVerify(token, keysOf(gate), { audience: 'orders' })).payload, { username: 'alice' })
  const open = await ask('uri', { method: 'GET', target: '/public' })
  t.same(open.headers['x-cogate-identity'], [''])
})

t.test('a session of a browser is signed for as a token is', async (t) => {
  const world = await startLoginWorld(t, {
    env: { COGATE_IDENTITY_TOKEN_AUDIENCE: 'orders', COGATE_SESSION_CLAIMS: 'email,email_verified' },
  })
  const browser = world.openBrowser()
  await browser.open('/')
  const request = world.upstream.requests.at(-1)
  const { payload } = await jwtVerify(String(request?.headers['x-cogate-identity']), keysOf(world.gate), {
    currentDate: new Date(world.clock.now()),
  })
  t.match(payload, { username: 'alice', email: 'alice@example.com', aud: 'orders' })
})

t.test('workers of one process sign with one key', async (t) => {
  const crew = await spawnCrew(t, { env })
  const kids = new Set<string>()
  for (let i = 0; i < 4; i++) {
    const answer = await fetch(`http://127.0.0.1:${crew.port}/_cogate/jwks.json`, { headers: { connection: 'close' } })
    for (const { kid } of ((await answer.json()) as { keys: { kid: string }[] }).keys) kids.add(kid)
  }
  t.equal(kids.size, 1)
  const callers = [connectCaller(crew), connectCaller(crew)]
  for (const caller of callers) t.equal(await caller.ask(), '200 ok')
  for (const caller of callers) caller.close()
})

/** A gate whose keys are in a file, which a test replaces. */
async function startWithKeys(t: Test, pem: string) {
  const folder = mkdtempSync(join(tmpdir(), 'cogate-identity-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'keys.pem')
  writeFileSync(file, pem)
  const clock = { ms: Date.now() }
  const pool = await startTestIssuer(t, { now: () => clock.ms })
  const upstream = await startUpstream(t)
  const options = { issuer: pool, upstream: upstream.url, env: { ...env, COGATE_IDENTITY_TOKEN_KEY_FILE: file } }
  const gate = await startTestGate(t, { ...options, now: () => clock.ms })
  const reload = async (next: string) => {
    writeFileSync(file, next)
    await gate.reload(loadConfig({ argv: [], env: gateEnvironment(options) }).config)
  }
  return { clock, pool, upstream, gate, reload }
}

t.test('a rotation under load leaves no request without a key that verifies it', async (t) => {
  const [a, b, c] = [makePrivateKey('ES256'), makePrivateKey('ES256'), makePrivateKey('ES256')]
  const { clock, pool, upstream, gate, reload } = await startWithKeys(t, a)
  const tokens = Array.from({ length: 5 }, (_, at) =>
    pool.mintAccessToken({ username: `user${at}`, expiresInSeconds: 86_400 }),
  )
  const kids = new Set<string>()
  // A verifier that keeps the keys for as long as it may.
  const kept = { keys: await fetchKeys(gate.url), at: clock.ms }
  const seen = { count: 0 }
  const ask = async () => {
    await Promise.all(tokens.map((token) => fetch(gate.url, { headers: { authorization: `Bearer ${token}` } })))
    if (clock.ms - kept.at >= 300_000) Object.assign(kept, { keys: await fetchKeys(gate.url), at: clock.ms })
    for (const { headers } of upstream.requests.slice(seen.count)) {
      const { kid = '' } = decodeProtectedHeader(String(headers['x-cogate-identity']))
      kids.add(kid)
      if (!kept.keys.includes(kid)) t.fail('a key that the verifier does not know')
    }
    seen.count = upstream.requests.length
  }
  for (const next of [undefined, b + a, b, c, undefined]) {
    if (next !== undefined) await reload(next)
    // The verifier has kept its keys for some minutes already when they are replaced.
    for (let minute = 0; minute < 13; minute++) {
      await Promise.all([ask(), ask()])
      clock.ms += 60_000
    }
  }
  t.equal(kids.size, 3, 'all three keys have signed')
  t.equal((await fetchKeys(gate.url)).length, 1, 'and the last one is alone in the end')
})

async function fetchKeys(url: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/_cogate/jwks.json`, { headers: { connection: 'close' } })
  const { keys } = (await answer.json()) as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

t.test('a file that holds no key keeps the one before, and a made key stays over a reload', async (t) => {
  const { gate, reload } = await startWithKeys(t, makePrivateKey('ES256'))
  const before = await fetchKeys(gate.url)
  await t.rejects(reload('nothing'))
  t.same(await fetchKeys(gate.url), before)
  const made = await startStack(t, { env })
  const own = await fetchKeys(made.gate.url)
  const options = {
    issuer: made.issuer,
    upstream: made.upstream.url,
    env: { ...env, COGATE_IDENTITY_TOKEN_TTL: '30s' },
  }
  await made.gate.reload(loadConfig({ argv: [], env: gateEnvironment(options) }).config)
  t.same(await fetchKeys(made.gate.url), own)
})

t.test('after SIGHUP all workers publish the new key beside the old one, and sign with the old one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cogate-identity-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'keys.pem')
  writeFileSync(file, makePrivateKey('ES256'))
  const pool = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const gate = await spawnGate(t, {
    issuer: pool,
    upstream: upstream.url,
    env: { ...env, COGATE_WORKERS: '2', COGATE_IDENTITY_TOKEN_KEY_FILE: file },
  })
  const url = `http://127.0.0.1:${gate.port}`
  const [old] = await fetchKeys(url)
  writeFileSync(file, makePrivateKey('ES256'))
  gate.kill('SIGHUP')
  await gate.logged(({ msg }) => msg === 'configuration reloaded')
  const published = await Promise.all([1, 2, 3, 4].map(() => fetchKeys(url)))
  t.equal(new Set(published.map((keys) => keys.join())).size, 1, 'each worker publishes the same')
  t.same([published[0]?.length, published[0]?.[1]], [2, old])
  const headers = { authorization: `Bearer ${pool.mintAccessToken()}`, connection: 'close' }
  await Promise.all([1, 2, 3, 4].map(() => fetch(url, { headers })))
  const kids = upstream.requests.map(({ headers }) => decodeProtectedHeader(String(headers['x-cogate-identity'])).kid)
  t.same(kids, [old, old, old, old])
})
