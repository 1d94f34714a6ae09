/** A key endpoint that accepts and never answers. Green: a round ends at its timeout and known keys verify meanwhile. */
import t from 'tap'
import { createKeyFetcher } from '../../src/tokens/keys/fetch.ts'
import type { FetchKeys } from '../../src/tokens/keys/jwks.ts'
import { startScriptedJwks } from '../helpers/issuer.ts'
import { createRig, hour, poolId, second } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')

t.test('fails the round at the timeout and leaves known keys alone', async (t) => {
  const endpoint = await startScriptedJwks(t, { keys: [k1] })
  const { fetchKeys, close } = createKeyFetcher()
  t.teardown(close)
  // Only the hanging fetch is given little time: a slow machine must not fail the good one.
  const fetch: FetchKeys = (uri, limits) =>
    fetchKeys(uri, endpoint.mode === 'hang' ? limits : { ...limits, timeoutMs: 30 * second })
  const rig = createRig({ pools: [{ id: poolId, uris: [endpoint.uri] }], fetch, timeoutMs: 100 })
  await rig.jwks.refreshDue()
  t.match(rig.jwks.statuses(), [{ ready: true, keys: 1 }])
  await endpoint.setMode('hang')
  rig.clock.advance(hour)
  const refreshed = rig.jwks.refreshDue()
  t.equal(rig.pool.find('k1', rig.clock.now()).kind, 'found', 'while it hangs')
  await refreshed
  t.match(rig.jwks.statuses(), [{ ready: true, keys: 1, lastError: /no complete answer within 100 ms$/ }])
  t.equal(rig.pool.find('k1', rig.clock.now()).kind, 'found')
  t.equal(rig.jwks.nextDueAt(), rig.clock.now() + second)
})

t.test('answers a caller unavailable once the timeout is over', async (t) => {
  const endpoint = await startScriptedJwks(t)
  await endpoint.setMode('hang')
  const { fetchKeys, close } = createKeyFetcher()
  t.teardown(close)
  const pools = [{ id: poolId, uris: [endpoint.uri] }]
  const rig = createRig({ pools, fetch: fetchKeys, timeoutMs: 100 })
  t.equal(await rig.lookUp('k1'), 'unavailable')
  t.strictSame(rig.fetches, [endpoint.uri])
})
