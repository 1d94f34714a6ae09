/** What is signed, how long it is good, and how often. Verified by a library that is not ours. */
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import t from 'tap'
import { readLines } from '../../src/headers/lines.ts'
import { KeyRing } from '../../src/identity-token/key-ring.ts'
import { compileSigner, type SignerSettings } from '../../src/identity-token/signer.ts'
import { type Algorithm, makePrivateKey, readSigningKeys } from '../../src/identity-token/signing-keys.ts'
import { createCaller } from '../helpers/caller.ts'

const start = 1_900_000_000_000

function createWorld(changes: Partial<SignerSettings> = {}) {
  const settings: SignerSettings = {
    header: 'X-Cogate-Identity',
    issuer: 'https://app.example.com',
    audience: 'orders',
    ttlMs: 60_000,
    algorithm: 'ES256',
    alb: undefined,
    ...changes,
  }
  const clock = { ms: start }
  const keys = readSigningKeys(makePrivateKey(settings.algorithm), settings.algorithm)
  const ring = KeyRing.begin(keys)
  const linesFor = compileSigner(settings, { ring, now: () => clock.ms })
  const verify = async (token: string, audience = 'orders') => {
    const key = await importJWK({ ...keys[0]?.publicJwk })
    const options = { issuer: settings.issuer, audience, currentDate: new Date(clock.ms) }
    return jwtVerify(token, key, { ...options, algorithms: [settings.algorithm] })
  }
  const tokenFor = (caller: ReturnType<typeof createCaller>) => readLines(linesFor(caller))[0]?.[1] ?? ''
  return { clock, linesFor, tokenFor, verify, kid: keys[0]?.kid }
}

const named = { issuer: 'https://pool.example', username: 'alice', email: 'alice@example.com' }

for (const algorithm of ['ES256', 'EdDSA'] as const satisfies readonly Algorithm[]) {
  t.test(`${algorithm}: it says who is calling, and another library verifies it`, async (t) => {
    const { tokenFor, verify, kid } = createWorld({ algorithm })
    const claims = {
      client_id: 'client1',
      scope: 'a b',
      'cognito:groups': ['g', 'é'],
      acr: 'high',
      auth_time: 1_800_000_000,
    }
    const { payload, protectedHeader } = await verify(tokenFor(createCaller(claims, { names: named })))
    t.same(protectedHeader, { alg: algorithm, typ: 'JWT', kid })
    t.same(payload, {
      iss: 'https://app.example.com',
      aud: 'orders',
      sub: 'sub-1',
      client_id: 'client1',
      scope: 'a b',
      groups: ['g', 'é'],
      username: 'alice',
      email: 'alice@example.com',
      user_pool: createCaller().key.pool,
      acr: 'high',
      auth_time: 1_800_000_000,
      iat: start / 1000,
      exp: start / 1000 + 60,
    })
  })
}

t.test('what is not known is not said', async (t) => {
  const { tokenFor, verify } = createWorld()
  const { payload } = await verify(tokenFor(createCaller()))
  t.same(Object.keys(payload), ['iss', 'aud', 'sub', 'user_pool', 'iat', 'exp'])
})

t.test('one caller is signed for once, until half of the lifetime is over', async (t) => {
  const { linesFor, clock } = createWorld()
  const [alice, bob] = [createCaller(), createCaller({ sub: 'sub-2' })]
  const first = linesFor(alice)
  clock.ms += 29_999
  t.equal(linesFor(alice), first)
  t.not(linesFor(bob), first)
  clock.ms += 1
  const second = linesFor(alice)
  t.not(second, first)
  t.equal(linesFor(alice), second)
})

t.test('it never outlives the token of the caller', async (t) => {
  const { tokenFor, verify } = createWorld()
  const { payload } = await verify(tokenFor(createCaller({}, { expiresAtMs: start + 5500 })))
  t.equal(payload.exp, start / 1000 + 5)
})

t.test('an altered token, another key and another audience are refused', async (t) => {
  const { tokenFor, verify } = createWorld()
  const token = tokenFor(createCaller())
  const [header, payload, signature] = token.split('.')
  const forged = Buffer.from(JSON.stringify({ iss: 'https://app.example.com', aud: 'orders', sub: 'root' }))
  await t.rejects(verify(`${header}.${forged.toString('base64url')}.${signature}`))
  await t.rejects(verify(`${header}.${payload}.${signature?.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`))
  await t.rejects(verify(token, 'another'))
  await t.rejects(verify(createWorld().tokenFor(createCaller())))
})

t.test('it is written so that readers of padded and of unpadded Base64 read the same', async (t) => {
  const { tokenFor } = createWorld()
  for (const sub of ['a', 'ab', 'abc', 'abcd']) {
    const parts = tokenFor(createCaller({ sub })).split('.').slice(0, 2)
    t.ok(
      parts.every((part) => part.length % 4 === 0 && /^[\w-]+$/.test(part)),
      sub,
    )
  }
})

t.test('a service behind a load balancer gets what a load balancer says', async (t) => {
  const alb = { header: 'X-Amzn-Oidc-Data', signer: 'arn:aws:elasticloadbalancing:x' }
  const { linesFor, kid, clock } = createWorld({ alb })
  const lines = new Map(readLines(linesFor(createCaller({ client_id: 'client1' }, { names: named }))))
  const data = lines.get('X-Amzn-Oidc-Data') ?? ''
  const exp = clock.ms / 1000 + 60
  t.same(decodeProtectedHeader(data), {
    typ: 'JWT',
    kid,
    alg: 'ES256',
    iss: 'https://pool.example',
    client: 'client1',
    signer: alb.signer,
    exp,
  })
  t.same(JSON.parse(Buffer.from(data.split('.')[1] ?? '', 'base64url').toString()), {
    sub: 'sub-1',
    username: 'alice',
    email: 'alice@example.com',
    exp,
    iss: 'https://pool.example',
  })
  t.ok(lines.has('X-Cogate-Identity'))
  t.match(new Map(readLines(linesFor(createCaller()))).get('X-Amzn-Oidc-Data'), /^ey/, 'without names too')
})

t.test('keys are read from PEM as openssl writes it, and no other key is taken', async (t) => {
  const [es, ed] = [makePrivateKey('ES256'), makePrivateKey('EdDSA')]
  t.equal(readSigningKeys(`# comment\n${es}\n${makePrivateKey('ES256')}`, 'ES256').length, 2)
  t.equal(readSigningKeys(es, 'ES256')[0]?.kid, readSigningKeys(es, 'ES256')[0]?.kid)
  t.throws(() => readSigningKeys(ed, 'ES256'), /P-256/)
  t.throws(() => readSigningKeys(es, 'EdDSA'), /Ed25519/)
  t.throws(() => readSigningKeys('nothing', 'ES256'), /no PEM private key/)
  t.throws(() => readSigningKeys('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'ES256'))
})
