/** An endpoint publishes a key whose private half anyone can download. Green: it is refused except for local emulators. */
import { join } from 'node:path'
import t from 'tap'
import { createRig, poolId } from '../helpers/jwks-rig.ts'
import { keySetBytes } from '../helpers/key-sets.ts'

/** Published with its private half in npm cognito-local. */
const leaked = {
  kty: 'RSA',
  e: 'AQAB',
  use: 'sig',
  kid: 'CognitoLocal',
  alg: 'RS256',
  n: '2uLO7yh1_6Icfd89V3nNTc_qhfpDN7vEmOYlmJQlc9_RmOns26lg88fXXFntZESwHOm7_homO2Ih6NOtu4P5eskGs8d8VQMOQfF4YrP-pawVz-gh1S7eSvzZRDHBT4ItUuoiVP1B9HN_uScKxIqjmitpPqEQB_o2NJv8npCfqUAU-4KmxquGtjdmfctswSZGdz59M3CAYKDfuvLH9_vV6TRGgbUaUAXWC2WJrbbEXzK3XUDBrmF3Xo-yw8f3SgD3JOPl3HaaWMKL1zGVAsge7gQaGiJBzBurg5vwN61uDGGz0QZC1JqcUTl3cZnrx_L8isIR7074SJEuljIZRnCcjQ',
}
const local = `http://127.0.0.1:9229/${poolId}/.well-known/jwks.json`
const remote = `https://emulator.example/${poolId}/.well-known/jwks.json`

async function fetchFrom(uri: string) {
  const rig = createRig({ pools: [{ id: poolId, uris: [uri] }] })
  rig.serve(uri, leaked)
  await rig.jwks.refreshDue()
  return rig
}

t.test('refuses the key from a remote endpoint', async (t) => {
  const rig = await fetchFrom(remote)
  t.match(rig.jwks.statuses(), [{ ready: false, keys: 0, lastError: /its private key is public$/ }])
})

t.test('accepts it from a loopback endpoint', async (t) => {
  t.equal(await (await fetchFrom(local)).lookUp('CognitoLocal'), 'found')
})

t.test('accepts it from a pinned file', async (t) => {
  const file = join(t.testdir({ 'jwks.json': Buffer.from(keySetBytes(leaked)) }), 'jwks.json')
  const rig = createRig({ pools: [{ id: poolId, uris: [], file }] })
  rig.jwks.load()
  t.equal(await rig.lookUp('CognitoLocal'), 'found')
})

t.test('accepts it from a snapshot only where the pool is local', async (t) => {
  const rig = createRig()
  const content = { version: 1, pools: { [poolId]: { fetchedAt: rig.clock.now() - 1, keys: [leaked] } } }
  const snapshotFile = join(t.testdir({ 'snapshot.json': JSON.stringify(content) }), 'snapshot.json')
  for (const [uri, ready] of [
    [local, true],
    [remote, false],
  ] as const) {
    const restored = createRig({ snapshotFile, pools: [{ id: poolId, uris: [uri] }] })
    restored.jwks.load()
    t.match(restored.jwks.statuses(), [{ ready }])
  }
})
