/** A captive portal, a cut connection, an error page, a redirect. Green: earlier keys are kept, nothing new is trusted. */
import t from 'tap'
import { createKeyFetcher } from '../../src/tokens/keys/fetch.ts'
import { type JwksMode, startScriptedJwks } from '../helpers/issuer.ts'
import { createRig, firstUri, hour, poolId } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')

const answers: Readonly<Record<string, readonly [mode: JwksMode, error: RegExp]>> = {
  'HTML with 200': ['html', /the key set is not JSON$/],
  'an answer that is cut off': ['truncated', /fetch failed with ECONNRESET$/],
  'a redirect': ['redirect', /answered with status 302$/],
  'a refused connection': ['down', /fetch failed with ECONNREFUSED$/],
  'status 500': [{ status: 500 }, /answered with status 500$/],
  'status 403': [{ status: 403 }, /answered with status 403$/],
  'status 404': [{ status: 404 }, /answered with status 404; is the id of the user pool right, and its region\?$/],
  'status 429': [{ status: 429, headers: { 'retry-after': '1' } }, /answered with status 429$/],
  'an object that is no set': [{ status: 200 }, /the key set has no "keys" list$/],
}

for (const [name, [mode, error]] of Object.entries(answers)) {
  t.test(`keeps the earlier keys when the endpoint gives ${name}`, async (t) => {
    const endpoint = await startScriptedJwks(t, { keys: [k1] })
    const { fetchKeys, close } = createKeyFetcher()
    t.teardown(close)
    const rig = createRig({ pools: [{ id: poolId, uris: [endpoint.uri] }], fetch: fetchKeys })
    await rig.jwks.refreshDue()
    const key = rig.pool.peek('k1', rig.clock.now())?.key
    endpoint.setKeys({ keys: [k2] })
    await endpoint.setMode(mode)
    rig.clock.advance(hour)
    await rig.jwks.refreshDue()
    t.match(rig.jwks.statuses(), [{ ready: true, keys: 1, ageMs: hour, lastError: error }])
    t.equal(rig.pool.peek('k1', rig.clock.now())?.key, key)
    t.equal(rig.withdrawn.length, 0)
  })
}

t.test('keeps the earlier keys when the answer is JSON that was cut but complete for HTTP', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.answer(firstUri, async () => Buffer.from(JSON.stringify({ keys: [k2] }).slice(0, -20)))
  rig.clock.advance(hour)
  await rig.jwks.refreshDue()
  t.equal(rig.pool.find('k1', rig.clock.now()).kind, 'found')
  t.match(rig.jwks.statuses(), [{ keys: 1, lastError: /the key set is not JSON$/ }])
})
