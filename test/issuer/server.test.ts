import { createServer } from 'node:http'
import { JwtVerifier } from 'aws-jwt-verify'
import { JwtInvalidSignatureError } from 'aws-jwt-verify/error'
import t from 'tap'
import { createKeys, type Jwks } from '../../src/issuer/keys.ts'
import { startIssuer } from '../../src/issuer/server.ts'
import { createClock } from '../helpers/clock.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'

const keys = createKeys()

t.test('describes itself as a pool on loopback', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  t.match(issuer.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
  t.equal(issuer.poolId, 'eu-west-1_DemoPool1')
  t.equal(issuer.clientId, '1democlient2345678901234ab')
  t.equal(issuer.issuer, `${issuer.url}/eu-west-1_DemoPool1`)
  t.equal(issuer.jwksUri, `${issuer.issuer}/.well-known/jwks.json`)
})

t.test('serves at its jwksUri the keys that verify what it mints', async (t) => {
  const issuer = await startTestIssuer(t)
  const jwks = await fetchJwks(issuer.jwksUri)
  t.same(jwks, issuer.keys.jwks())
  const verifier = JwtVerifier.create({ issuer: issuer.issuer, audience: null, jwksUri: issuer.jwksUri })
  verifier.cacheJwks({ keys: [...jwks.keys] })
  t.equal(verifier.verifySync(issuer.mintAccessToken({ username: 'bob' }))['username'], 'bob')
  t.equal(verifier.verifySync(issuer.mintIdToken({ email: 'b@x.example' }))['email'], 'b@x.example')
  t.equal(verifier.verifySync(issuer.mintM2mToken()).sub, issuer.clientId)
  t.ok(
    catchError(() => verifier.verifySync(issuer.tamper(issuer.mintAccessToken()))) instanceof JwtInvalidSignatureError,
  )
})

t.test('takes pool, client, keys and clock from its options', async (t) => {
  const clock = createClock(1_790_000_000_000)
  const options = { poolId: 'us-gov-west-1_Other9', clientId: 'client9', keys, now: clock.now }
  const issuer = await startTestIssuer(t, options)
  t.equal(issuer.keys, keys)
  t.equal(decodePayload(issuer.mintIdToken())['aud'], 'client9')
  clock.advance(60_000)
  t.match(decodePayload(issuer.mintAccessToken()), { iss: `${issuer.url}/us-gov-west-1_Other9`, iat: 1_790_000_060 })
  t.equal((await fetch(issuer.jwksUri)).status, 200)
})

t.test(
  'names itself as Cognito does when it is set to it, and serves keys and discovery where it listens',
  async (t) => {
    for (const [issuerForm, host] of [
      ['original', 'cognito-idp.us-gov-west-1.amazonaws.com'],
      ['updated', 'issuer-cognito-idp.us-gov-west-1.amazonaws.com'],
    ] as const) {
      const issuer = await startTestIssuer(t, { keys, poolId: 'us-gov-west-1_Other9', issuerForm })
      t.equal(issuer.issuer, `https://${host}/us-gov-west-1_Other9`)
      t.equal(issuer.jwksUri, `${issuer.url}/us-gov-west-1_Other9/.well-known/jwks.json`)
      for (const token of [issuer.mintAccessToken(), issuer.mintIdToken(), issuer.mintM2mToken()]) {
        t.equal(decodePayload(token)['iss'], issuer.issuer)
      }
      const discovery = await fetch(`${issuer.url}/us-gov-west-1_Other9/.well-known/openid-configuration`)
      t.match(await discovery.json(), { issuer: issuer.issuer, jwks_uri: issuer.jwksUri })
    }
  },
)

t.test('rotates over HTTP and keeps the old keys in the set', async (t) => {
  const issuer = await startTestIssuer(t)
  const before = await fetchKids(issuer.jwksUri)
  const response = await fetch(`${issuer.url}/rotate`, { method: 'POST' })
  const { access, id } = (await response.json()) as Record<string, string>
  t.equal(access, issuer.keys.current('access').kid)
  t.same(await fetchKids(issuer.jwksUri), [access, id, ...before])
  for (const kid of before) issuer.keys.withdraw(kid)
  t.same(await fetchKids(issuer.jwksUri), [access, id])
})

t.test('refuses every host that is not a literal loopback address', async (t) => {
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1', 'localhost', 'example.com', '']) {
    await t.rejects(startIssuer({ host, keys }), { name: 'TypeError', message: /loopback/ }, JSON.stringify(host))
  }
  const other = await startTestIssuer(t, { host: '127.0.0.2', keys })
  t.match(other.issuer, /^http:\/\/127\.0\.0\.2:/)
})

t.test('refuses a pool id that Cognito could not have made', async (t) => {
  for (const poolId of ['', '../etc', 'eu-west-1', 'eu-west-1_a/b']) {
    await t.rejects(startIssuer({ poolId, keys }), { name: 'TypeError', message: /user pool id/ }, poolId)
  }
})

t.test('rejects with EADDRINUSE when the port is taken', async (t) => {
  const { port } = await listenOnLoopback(t, createServer())
  await t.rejects(startIssuer({ port, keys }), { code: 'EADDRINUSE' })
})

t.test('stops answering after close, and closing twice is no fault', async (t) => {
  const issuer = await startIssuer({ keys })
  t.equal((await fetch(issuer.jwksUri)).status, 200)
  await issuer.close()
  await issuer.close()
  await t.rejects(fetch(issuer.jwksUri))
})

function decodePayload(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

async function fetchJwks(jwksUri: string): Promise<Jwks> {
  return (await (await fetch(jwksUri)).json()) as Jwks
}

async function fetchKids(jwksUri: string): Promise<string[]> {
  return (await fetchJwks(jwksUri)).keys.map(({ kid }) => kid)
}

function catchError(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
