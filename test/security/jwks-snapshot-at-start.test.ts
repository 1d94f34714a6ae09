/** A gate starts while the key endpoint is down. Green: the snapshot of an earlier process makes it ready, for a bounded time. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createClock } from '../helpers/clock.ts'
import { createRig, firstUri, hour } from '../helpers/jwks-rig.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const weak = makePublishedKey('weak', 1024)

t.test('is ready from the snapshot of an earlier process, bounded by the age of the keys', async (t) => {
  const snapshotFile = join(t.testdir({}), 'snapshot.json')
  const clock = createClock()
  const earlier = createRig({ snapshotFile, clock })
  earlier.serve(firstUri, k1)
  await earlier.jwks.refreshDue()

  clock.advance(hour)
  const rig = createRig({ snapshotFile, clock })
  rig.jwks.load()
  t.match(rig.jwks.statuses(), [{ ready: true, keys: 1, ageMs: hour }])
  await rig.jwks.refreshDue()
  t.equal(await rig.lookUp('k1'), 'found', 'the endpoint is down')
  clock.advance(23 * hour - 1)
  t.equal(rig.pool.find('k1', clock.now()).kind, 'found')
  clock.advance(1)
  t.equal(await rig.lookUp('k1'), 'unavailable')
})

t.test('validates a snapshot like anything that is fetched', async (t) => {
  const snapshotFile = join(t.testdir({}), 'snapshot.json')
  const clock = createClock()
  const earlier = createRig({ snapshotFile, clock })
  earlier.serve(firstUri, k1)
  await earlier.jwks.refreshDue()
  writeFileSync(snapshotFile, readFileSync(snapshotFile, 'utf8').replace(k1.n, weak.n))

  const rig = createRig({ snapshotFile, clock })
  rig.jwks.load()
  t.match(rig.jwks.statuses(), [{ ready: false, keys: 0 }])
  t.match(rig.events, [{ kind: 'snapshot_ignored' }])
})
