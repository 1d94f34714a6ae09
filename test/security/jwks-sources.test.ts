/** A pool with two issuer forms. Green: the further source is asked only when it is needed, and the union is trusted. */
import t from 'tap'
import { createRig, firstUri, hour, second, secondUri } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')
const fail = () => Promise.reject(new Error('down'))

t.test('leaves the second source alone while the first one serves', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  rig.serve(secondUri, k1)
  for (let round = 0; round < 3; round++) {
    await rig.jwks.refreshDue()
    rig.clock.advance(hour)
  }
  t.strictSame(rig.fetches, [firstUri, firstUri, firstUri])
})

t.test('asks the second source when the first one fails', async (t) => {
  const rig = createRig()
  rig.serve(secondUri, k2)
  await rig.jwks.refreshDue()
  t.strictSame(rig.fetches, [firstUri, secondUri])
  t.equal(await rig.lookUp('k2'), 'found')
  t.match(rig.jwks.statuses(), [{ ready: true, lastError: undefined }])
})

t.test('asks the second source for a kid the first one does not publish, and trusts both', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  rig.serve(secondUri, k2)
  t.equal(await rig.lookUp('k2'), 'found')
  t.equal(await rig.lookUp('k1'), 'found')
  t.strictSame(rig.fetches, [firstUri, secondUri])
})

t.test('does not ask the second source for a kid the first one publishes', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  rig.serve(secondUri, k1)
  t.equal(await rig.lookUp('k1'), 'found')
  t.strictSame(rig.fetches, [firstUri])
})

t.test('asks the second source in the round an unknown kid brought forward', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  rig.serve(secondUri, k1)
  await rig.jwks.refreshDue()
  t.equal(await rig.lookUp('made-up'), 'unknown')
  rig.serve(secondUri, k2)
  t.equal(await rig.lookUp('k2'), 'unknown')
  rig.clock.advance(10 * second)
  await rig.jwks.refreshDue()
  t.equal(await rig.lookUp('k2'), 'found')
})

t.test('asks a source that has answered once in every background round', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  rig.serve(secondUri, k2)
  await rig.lookUp('k2')
  rig.clock.advance(hour)
  await rig.jwks.refreshDue()
  t.strictSame(rig.fetches.slice(2), [firstUri, secondUri])
  t.equal(rig.withdrawn.length, 0)
})

t.test('keeps the last good set of a source that fails, until it is too old', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  rig.serve(secondUri, k2)
  await rig.lookUp('k2')
  rig.answer(secondUri, fail)
  for (let passed = 0; passed < 23; passed++) {
    rig.clock.advance(hour)
    await rig.jwks.refreshDue()
    t.equal(rig.pool.find('k2', rig.clock.now()).kind, 'found')
  }
  rig.clock.advance(hour)
  await rig.jwks.refreshDue()
  t.equal(rig.withdrawn[0]?.kid, 'k2')
  t.equal(rig.pool.find('k1', rig.clock.now()).kind, 'found')
  t.match(rig.jwks.statuses(), [{ ready: true, keys: 1, lastError: undefined }])
})

t.test('fails the round only when every source fails', async (t) => {
  const rig = createRig()
  await rig.jwks.refreshDue()
  t.strictSame(rig.fetches, [firstUri, secondUri])
  t.match(rig.jwks.statuses(), [{ ready: false, lastError: /^cognito-idp/ }])
})
