import t from 'tap'
import { createRig, firstUri, hour, second, secondUri } from '../../helpers/jwks-rig.ts'
import { makePublishedKey } from '../../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')

t.test('lets a caller wait before the first round and answers from it', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  t.equal(rig.pool.find('k1', rig.clock.now()).kind, 'wait')
  t.match(await rig.pool.refetch('k1'), { kind: 'found', key: { kid: 'k1' } })
  t.strictSame(rig.fetches, [firstUri])
})

t.test('lets a caller wait while a round is running', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  const release = rig.hold(firstUri)
  const refreshed = rig.jwks.refreshDue()
  t.equal(rig.pool.find('k1', rig.clock.now()).kind, 'wait')
  const answer = rig.pool.refetch('k1')
  release()
  t.match(await answer, { kind: 'found' })
  await refreshed
  t.strictSame(rig.fetches, [firstUri])
})

t.test('starts no round for a refetch that is not allowed one', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  await rig.lookUp('made-up')
  const { length } = rig.fetches
  t.match(await rig.pool.refetch('k1'), { kind: 'found' })
  t.match(await rig.pool.refetch('k2'), { kind: 'unknown' })
  t.equal(rig.fetches.length, length)
})

for (const kid of ['', 'k'.repeat(257)]) {
  t.test(`never fetches for a kid of ${kid.length} characters`, async (t) => {
    const rig = createRig()
    t.equal(rig.pool.find(kid, rig.clock.now()).kind, 'unavailable')
    rig.serve(firstUri, k1)
    await rig.jwks.refreshDue()
    rig.clock.advance(hour / 2)
    const dueAt = rig.jwks.nextDueAt()
    t.equal(rig.pool.find(kid, rig.clock.now()).kind, 'unknown')
    t.match(await rig.pool.refetch(kid), { kind: 'unknown' })
    t.equal(rig.jwks.nextDueAt(), dueAt)
    t.equal(rig.fetches.length, 1)
  })
}

t.test(
  'makes a follow-up round at the end of the cooldown for a kid that came too late for the running one',
  async (t) => {
    const rig = createRig()
    rig.serve(firstUri, k1)
    const release = rig.hold(firstUri)
    const first = rig.pool.refetch('k1')
    const late = rig.pool.refetch('k2')
    release()
    t.match(await first, { kind: 'found' })
    t.match(await late, { kind: 'unknown' })
    t.equal(rig.jwks.nextDueAt(), rig.clock.now() + 10 * second)
    rig.serve(firstUri, k1, k2)
    rig.clock.advance(10 * second)
    await rig.jwks.refreshDue()
    t.equal(await rig.lookUp('k2'), 'found')
  },
)

t.test('owes nothing to the kids of a failed round', async (t) => {
  const rig = createRig()
  const release = rig.hold(firstUri)
  const callers = [rig.pool.refetch('k2'), rig.pool.refetch('k3')]
  release()
  for (const answer of await Promise.all(callers)) t.equal(answer.kind, 'unavailable')
  rig.serve(firstUri, k1)
  rig.clock.advance(second)
  await rig.jwks.refreshDue()
  t.strictSame(rig.fetches, [firstUri, secondUri, firstUri])
  t.equal(rig.jwks.nextDueAt(), rig.clock.now() + hour)
})

t.test('answers from a fast source while a slow one is still asked', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  const release = rig.hold(secondUri)
  const other = rig.pool.refetch('k2')
  t.match(await rig.pool.refetch('k1'), { kind: 'found' })
  t.match(rig.pool.find('k1', rig.clock.now()), { kind: 'found' })
  release()
  t.match(await other, { kind: 'unknown' })
})

t.test('lets no caller sit through a second source after the first took most of the timeout', async (t) => {
  const rig = createRig()
  rig.answer(firstUri, async () => {
    rig.clock.advance(3 * second)
    throw new Error('no complete answer')
  })
  rig.serve(secondUri, k1)
  const release = rig.hold(secondUri)
  t.match(await rig.pool.refetch('k1'), { kind: 'unavailable' })
  release()
  await rig.pool.refresh()
  t.equal(await rig.lookUp('k1'), 'found')
  t.strictSame(rig.fetches, [firstUri, secondUri])
})

t.test('keeps refreshing when the clock is set back', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.clock.advance(-5 * hour)
  t.ok(rig.jwks.nextDueAt() <= rig.clock.now())
  await rig.jwks.refreshDue()
  t.equal(rig.fetches.length, 2)
  t.equal(rig.jwks.nextDueAt(), rig.clock.now() + hour)
})

t.test('refreshes at once after a long sleep and serves meanwhile only what is not too old', async (t) => {
  const rig = createRig()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.clock.advance(72 * hour)
  t.equal(rig.pool.find('k1', rig.clock.now()).kind, 'wait')
  await rig.jwks.refreshDue()
  t.equal(rig.pool.find('k1', rig.clock.now()).kind, 'found')
})
