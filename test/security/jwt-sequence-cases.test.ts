/**
 * What one token does to the next: the verified-token cache, times that pass, kids nobody knows. A green run proves that
 * no verdict outlives its token, its time, its route or its key.
 */
import t, { type Test } from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken } from '../../src/issuer/tokens.ts'
import type { Verified } from '../../src/tokens/verified.ts'
import { verifyToken } from '../../src/tokens/verify.ts'
import { makeCaseKeys, publishKey } from '../helpers/build-jwt.ts'
import { type CaseGateOptions, caseIssuerOptions, goodBuild, publishPool, startCaseGate } from '../helpers/case-gate.ts'
import { pairWithTests, readJwtCases } from '../helpers/cases.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { createReadyRuntime } from '../helpers/runtime.ts'

const second = 1000
const minute = 60 * second
const keys = makeCaseKeys()
const issuer = await startTestIssuer(t, caseIssuerOptions)
const start = (t: Test, options: Partial<CaseGateOptions> = {}) => startCaseGate(t, { issuer, keys, ...options })

/** The spellings a lenient base64 decoder takes for one signature of 256 bytes. */
function spellingsOf(token: string): readonly string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.slice(-1))
  const unusedBits = Array.from({ length: 16 }, (_, bits) => token.slice(0, -1) + alphabet[(last & 0x30) | bits])
  return unusedBits.flatMap((spelling) => [spelling, `${spelling}=`, `${spelling}==`])
}

const tests: Readonly<Record<string, (t: Test) => Promise<void>>> = {
  async 'JWT-087'(t) {
    const { clock, jwks, build, send } = await start(t)
    clock.advance(10 * second)
    const flood = Array.from({ length: 20 }, (_, index) => build(goodBuild, { kid: `unknown-${index}`, key: 'ATT' }))
    for (const token of flood) t.equal(await send(t, token), 'key_unknown')
    t.equal(jwks.fetches, 2, 'the flood causes one fetch')
    jwks.setKeys({ keys: [...publishPool(keys), publishKey(keys.NEW, 'new')] })
    t.equal(await send(t, build(goodBuild, { kid: 'new', key: 'NEW' })), 'key_unknown')
    t.equal(jwks.fetches, 2, 'the cooldown holds for a real key too')
    clock.advance(10 * second)
    t.equal(await send(t, build(goodBuild, { kid: 'new', key: 'NEW' })), 200)
  },

  async 'JWT-111'(t) {
    const { clock, build, send } = await start(t)
    const token = build(goodBuild, { payload: { exp: '{{now+2}}' } })
    t.equal(await send(t, token), 200)
    clock.advance(2.2 * second)
    t.equal(await send(t, token), 'token_expired')
  },

  async 'JWT-188'(t) {
    const { build, send, upstream } = await start(t)
    const [header = '', payload = '', signature = ''] = build(goodBuild).split('.')
    const [, foreign = ''] = build(goodBuild, { payload: { username: 'mallory' } }).split('.')
    t.equal(await send(t, `${header}.${payload}.${signature}`), 200)
    t.equal(await send(t, `${header}.${foreign}.${signature}`), 'signature_invalid')
    t.equal(upstream.requests.length, 1)
  },

  async 'JWT-190'(t) {
    const { build, send, upstream } = await start(t)
    const token = build(goodBuild)
    t.equal(await send(t, token), 200)
    for (const suffix of ['x', '.x', '%00', `,${token}`, ' x']) {
      t.equal(await send(t, token + suffix), 'token_malformed', JSON.stringify(suffix.slice(0, 5)))
    }
    t.equal(upstream.requests.length, 1)
  },

  async 'JWT-192'(t) {
    const { build, send, upstream } = await start(t)
    const alice = build(goodBuild)
    const bob = build(goodBuild, { payload: { username: 'bob' } })
    t.equal(bob.slice(0, 200), alice.slice(0, 200))
    t.same([await send(t, alice), await send(t, bob), await send(t, alice)], [200, 200, 200])
    t.same(
      upstream.requests.map(({ headers }) => headers['x-forwarded-user']),
      ['alice', 'bob', 'alice'],
    )
  },

  async 'JWT-194'(t) {
    // In the past, so that the token is old by every other clock.
    const { clock, build, send } = await start(t, { startMs: Date.now() - 60 * minute })
    const token = build(goodBuild, { payload: { nbf: '{{now+2}}', exp: '{{now+7200}}' } })
    t.equal(await send(t, token), 'token_not_yet_valid')
    clock.advance(2.2 * second)
    t.equal(await send(t, token), 200)
  },

  async 'JWT-196'(t) {
    const routes = [
      { path: '/read', scopes: ['api/read'] },
      { path: '/write', scopes: ['api/write'] },
    ]
    const { build, send, upstream } = await start(t, { routes })
    const token = build(goodBuild, { payload: { scope: 'api/read' } })
    t.equal(await send(t, token, '/read'), 200)
    t.equal(await send(t, token, '/write'), 'insufficient_scope')
    t.equal(await send(t, token, '/read'), 200)
    t.same(
      upstream.requests.map(({ url }) => url),
      ['/read', '/read'],
    )
  },

  async 'JWT-198'(t) {
    const { build, send, upstream } = await start(t)
    const token = build(goodBuild, { payload: { 'cognito:groups': ['users', 'a,admins'] } })
    t.same([await send(t, token), await send(t, token)], [200, 200])
    const [first, again] = upstream.requests.map(({ headers }) => headers['x-forwarded-groups'])
    t.same([first, again], ['users,a%2Cadmins', 'users,a%2Cadmins'])
    const { runtime, mint, clock } = await createReadyRuntime({ keys: createKeys() })
    const caller = await verifyToken(runtime.verifier, mintAccessToken(mint, { groups: ['users'] }), clock.now())
    const { groups, scopes } = caller as Verified
    t.throws(() => Object.assign(caller, { subject: 'mallory' }), TypeError)
    for (const list of [groups, scopes]) t.throws(() => Object.assign(list, ['admin']), TypeError)
  },

  async 'JWT-200'(t) {
    const { build, send, gate } = await start(t)
    const [token = '', ...others] = spellingsOf(build(goodBuild))
    t.equal(others.length, 47)
    t.equal(await send(t, token), 200)
    const verdicts = await Promise.all(others.map((other) => send(t, other)))
    t.same([...new Set(verdicts)], ['token_malformed'])
    const metrics = await (await fetch(`${gate.opsUrl}/metrics`)).text()
    t.match(metrics, /^cogate_token_cache_entries 1$/m)
  },

  async 'JWT-202'(t) {
    const { clock, jwks, build, send } = await start(t)
    clock.advance(10 * second)
    const flood = Array.from({ length: 200 }, (_, index) => build(goodBuild, { kid: `unknown-${index}`, key: 'ATT' }))
    const startedAt = performance.now()
    const verdicts = await Promise.all(flood.map((token) => send(t, token)))
    t.same([...new Set(verdicts)], ['key_unknown'])
    t.equal(jwks.fetches, 2, 'one fetch for all of them')
    t.ok(performance.now() - startedAt < 3 * second, 'they are answered without waiting for a timeout')
    t.equal(await send(t, build(goodBuild)), 200, 'known keys are not affected')
  },
}

for (const [row, test] of pairWithTests(readJwtCases('sequence'), tests)) t.test(`${row.id} ${row.name}`, test)
