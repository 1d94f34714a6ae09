/**
 * What the key endpoint does to the verdict: it is down, slow, broken, or publishes keys that must not be used. A green
 * run proves that the gate never trusts what it should not, and never calls a good token bad for lack of keys.
 */
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { compileRuntime } from '../../src/decide/runtime.ts'
import { createKeyFetcher } from '../../src/tokens/keys/fetch.ts'
import { makeCaseKeys, makeKeyPair, publishKey, signRsa } from '../helpers/build-jwt.ts'
import {
  type CaseGate,
  type CaseGateOptions,
  caseEnvironment,
  caseIssuerOptions,
  goodBuild,
  publishPool,
  startCaseGate,
  startGateOn,
} from '../helpers/case-gate.ts'
import { pairWithTests, readJwtCases } from '../helpers/cases.ts'
import { createClock } from '../helpers/clock.ts'
import { gateEnvironment } from '../helpers/gateway.ts'
import { type JwksMode, startScriptedJwks, startTestIssuer } from '../helpers/issuer.ts'
import { createRig } from '../helpers/jwks-rig.ts'
import { listenOnLoopback } from '../helpers/listen.ts'

const second = 1000
const hour = 3600 * second
const keys = makeCaseKeys()
const issuer = await startTestIssuer(t, caseIssuerOptions)
const start = (t: Test, options: Partial<CaseGateOptions> = {}) => startCaseGate(t, { issuer, keys, ...options })
const byK2 = { kid: 'k2', key: 'K2' }

/** A gate whose key endpoint misbehaves from the first fetch on. */
async function startWithout(t: Test, mode: JwksMode, env: Readonly<Record<string, string>> = {}): Promise<CaseGate> {
  const jwks = await startScriptedJwks(t, { keys: publishPool(keys) })
  await jwks.setMode(mode)
  return startGateOn(t, jwks, { issuer, keys, env })
}

/** The endpoint breaks, the next refresh fails, and a token that was never seen is verified all the same. */
async function keepsKeys(t: Test, mode: JwksMode): Promise<void> {
  const { clock, jwks, gate, build, send, readyStatus } = await start(t)
  await jwks.setMode(mode)
  clock.advance(hour)
  await gate.logged(({ msg }) => msg === 'fetch_failed')
  t.equal(await send(t, build(goodBuild)), 200)
  t.equal(await send(t, build(goodBuild, { key: 'ATT' })), 'signature_invalid')
  t.equal(await readyStatus(), 200)
}

/** Shut, and saying so: the token is not to blame. */
async function isShut(t: Test, { build, send, readyStatus, upstream }: CaseGate): Promise<void> {
  t.equal(await send(t, build(goodBuild)), 'keys_unavailable')
  t.equal(await readyStatus(), 503)
  t.equal(upstream.requests.length, 0)
}

const tests: Readonly<Record<string, (t: Test) => Promise<void>>> = {
  async 'JWT-036'(t) {
    const published = [publishKey(keys.K1, 'k1', { alg: undefined })]
    const { build, send } = await start(t, { published })
    t.equal(await send(t, build(goodBuild, { header: { alg: 'ES256' } })), 'algorithm_not_allowed')
    t.equal(await send(t, build(goodBuild)), 200)
  },

  async 'JWT-085'(t) {
    const { clock, jwks, build, send } = await start(t)
    const old = build(goodBuild)
    t.equal(await send(t, old), 200)
    jwks.setKeys({ keys: [publishKey(keys.NEW, 'k1')] })
    clock.advance(10 * second)
    t.equal(await send(t, build(goodBuild, { kid: 'unknown', key: 'ATT' })), 'key_unknown')
    t.equal(await send(t, old), 'signature_invalid')
    t.equal(await send(t, build(goodBuild, { payload: { jti: 'j2' } })), 'signature_invalid')
    t.equal(await send(t, build(goodBuild, { key: 'NEW' })), 200)
  },

  async 'JWT-204'(t) {
    const bench = await startWithout(t, 'down')
    const { clock, jwks, gate, build, send, readyStatus } = bench
    await gate.logged(({ msg }) => msg === 'fetch_failed')
    await isShut(t, bench)
    await jwks.setMode('ok')
    clock.advance(second)
    await gate.logged(({ msg }) => msg === 'keys_changed')
    t.equal(await send(t, build(goodBuild)), 200)
    t.equal(await readyStatus(), 200)
  },

  async 'JWT-206'(t) {
    const { clock, jwks, build, send } = await start(t, { env: { COGATE_JWKS_TIMEOUT: '1s' } })
    clock.advance(10 * second)
    await jwks.setMode('hang')
    const startedAt = performance.now()
    const waiting = send(t, build(goodBuild, { kid: 'unknown', key: 'ATT' }))
    await jwks.fetched(2)
    const order = await Promise.race([waiting, send(t, build(goodBuild))])
    t.equal(order, 200, 'a caller with a known key does not wait')
    t.equal(await waiting, 'keys_unavailable')
    t.ok(performance.now() - startedAt < 3 * second)
    await isShut(t, await startWithout(t, 'hang', { COGATE_JWKS_TIMEOUT: '1s' }))
  },

  async 'JWT-208'(t) {
    for (const status of [500, 429, 403]) {
      const bench = await startWithout(t, { status })
      await isShut(t, bench)
      await bench.jwks.setMode('ok')
      bench.clock.advance(10 * second)
      t.equal(await bench.send(t, bench.build(goodBuild)), 200, `recovers from ${status}`)
    }
    for (const jitter of [0, 1]) {
      const { jwks, clock } = createRig({ random: () => jitter })
      const delays: number[] = []
      for (let attempt = 0; attempt < 3; attempt++) {
        await jwks.refreshDue()
        delays.push(jwks.nextDueAt() - clock.now())
        clock.set(jwks.nextDueAt())
      }
      t.same(delays, jitter === 0 ? [500, 1000, 2000] : [1000, 2000, 4000])
    }
  },

  'JWT-210': (t) => keepsKeys(t, 'html'),

  'JWT-212': (t) => keepsKeys(t, 'truncated'),

  async 'JWT-214'(t) {
    const { build, send } = await start(t, { published: [publishKey(keys.K1, 'k1'), publishKey(keys.ATT, 'k1')] })
    t.equal(await send(t, build(goodBuild, { key: 'ATT' })), 'signature_invalid')
    t.equal(await send(t, build(goodBuild)), 200)
  },

  async 'JWT-216'(t) {
    const wrongUse = publishKey(keys.K1, 'k1', { key_ops: ['encrypt'] })
    const { build, send } = await start(t, { published: [wrongUse, publishKey(keys.K2, 'k2')] })
    t.equal(await send(t, build(goodBuild)), 'key_unknown')
    t.equal(await send(t, build(goodBuild, byK2)), 200)
  },

  async 'JWT-218'(t) {
    const weak = makeKeyPair(512)
    const { build, send } = await start(t, { published: [publishKey(weak, 'weak'), publishKey(keys.K2, 'k2')] })
    const [header = '', payload = ''] = build(goodBuild, { kid: 'weak' }).split('.')
    const token = `${header}.${payload}.${signRsa('RS256', `${header}.${payload}`, weak)}`
    t.equal(await send(t, token), 'key_unknown')
    t.equal(await send(t, build(goodBuild, byK2)), 200)
  },

  async 'JWT-220'(t) {
    const bad = [null, 'key', {}, { kid: 'k1' }, publishKey(keys.ATT, 'ec', { kty: 'EC' }), { kty: 'RSA', kid: 'k3' }]
    const { build, send, gate } = await start(t, { published: [...bad, ...publishPool(keys)] })
    t.same([await send(t, build(goodBuild)), await send(t, build(goodBuild, byK2))], [200, 200])
    t.ok(
      gate.lines.some(({ msg }) => msg === 'key_rejected'),
      'the bad ones are told of',
    )
  },

  async 'JWT-222'(t) {
    for (const maxAge of [1, 86_400]) {
      const server = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'cache-control': `max-age=${maxAge}` })
        response.end(JSON.stringify({ keys: publishPool(keys) }))
      })
      const { port } = await listenOnLoopback(t, server)
      const environment = { ...caseEnvironment(`http://127.0.0.1:${port}/`), COGATE_JWKS_REFRESH_INTERVAL: '1h' }
      const env = gateEnvironment({ issuer, upstream: 'http://127.0.0.1:1', env: environment })
      const { config } = loadConfig({ argv: [], env })
      const clock = createClock()
      const fetcher = createKeyFetcher()
      t.teardown(() => fetcher.close())
      const parts = { ...fetcher, now: clock.now, random: () => 1, onKeyEvent: () => {} }
      const { jwks } = compileRuntime(config, parts)
      await jwks.refreshDue()
      t.equal(jwks.nextDueAt() - clock.now(), hour, `max-age=${maxAge} changes nothing`)
    }
  },
}

for (const [row, test] of pairWithTests(readJwtCases('keys'), tests)) t.test(`${row.id} ${row.name}`, test)
