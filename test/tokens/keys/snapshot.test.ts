import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createClock } from '../../helpers/clock.ts'
import { createRig, firstUri, hour, minute, poolId, second, secondUri } from '../../helpers/jwks-rig.ts'
import { keySetBytes, makePublishedKey } from '../../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const k2 = makePublishedKey('k2')
const start = 1_800_000_000_000

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const entry = (fetchedAt: unknown, ...keys: readonly unknown[]) => ({
  version: 1,
  pools: { [poolId]: { fetchedAt, keys } },
})

t.test('writes the good sets of all pools after a round that changed something', async (t) => {
  const directory = t.testdir({})
  const snapshotFile = join(directory, 'snapshot.json')
  const pools = [
    { id: 'one', uris: [firstUri] },
    { id: 'two', uris: [secondUri] },
  ]
  const rig = createRig({ snapshotFile, pools })
  rig.jwks.load()
  rig.serve(firstUri, k1)
  rig.serve(secondUri, k2)
  await rig.jwks.refreshDue()
  t.strictSame(readJson(snapshotFile), {
    version: 1,
    pools: { one: { fetchedAt: start, keys: [k1] }, two: { fetchedAt: start, keys: [k2] } },
  })
  t.equal(statSync(snapshotFile).mode & 0o777, 0o600)
  t.strictSame(readdirSync(directory), ['snapshot.json'])
})

t.test('is not written again while nothing changed and it is younger than one interval', async (t) => {
  const snapshotFile = join(t.testdir({}), 'snapshot.json')
  const rig = createRig({ snapshotFile, random: () => 0 })
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.clock.advance(48 * minute)
  await rig.jwks.refreshDue()
  t.equal(readJson(snapshotFile).pools[poolId].fetchedAt, start)
  rig.clock.advance(48 * minute)
  await rig.jwks.refreshDue()
  t.equal(readJson(snapshotFile).pools[poolId].fetchedAt, start + 96 * minute)
  t.equal(rig.fetches.length, 3)
})

t.test('is written again when the clock was set back', async (t) => {
  const snapshotFile = join(t.testdir({}), 'snapshot.json')
  const rig = createRig({ snapshotFile })
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.clock.advance(-5 * hour)
  await rig.jwks.refreshDue()
  t.equal(readJson(snapshotFile).pools[poolId].fetchedAt, start - 5 * hour)
})

t.test('keeps the entry of a pool that has not been reached yet, with its own time', async (t) => {
  const fetchedAt = start - hour
  const snapshotFile = join(t.testdir({ 'snapshot.json': JSON.stringify(entry(fetchedAt, k1)) }), 'snapshot.json')
  const pools = [
    { id: poolId, uris: [firstUri] },
    { id: 'two', uris: [secondUri] },
  ]
  const rig = createRig({ snapshotFile, pools })
  rig.jwks.load()
  rig.serve(secondUri, k2)
  await rig.jwks.refreshDue()
  t.strictSame(readJson(snapshotFile).pools, {
    [poolId]: { fetchedAt, keys: [k1] },
    two: { fetchedAt: start, keys: [k2] },
  })
})

t.test('leaves out pinned keys and keys that are too old', async (t) => {
  const directory = t.testdir({ 'jwks.json': Buffer.from(keySetBytes(k1)) })
  const snapshotFile = join(directory, 'snapshot.json')
  const pools = [
    { id: 'pinned', uris: [], file: join(directory, 'jwks.json') },
    { id: 'old', uris: [firstUri] },
    { id: 'new', uris: [secondUri] },
  ]
  const rig = createRig({ snapshotFile, pools })
  rig.jwks.load()
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  rig.answer(firstUri, () => Promise.reject(new Error('down')))
  rig.serve(secondUri, k2)
  rig.clock.advance(24 * hour)
  await rig.jwks.refreshDue()
  t.strictSame(Object.keys(readJson(snapshotFile).pools), ['new'])
})

t.test('does not give keys to a pool that has pinned ones', async (t) => {
  const directory = t.testdir({ 'snapshot.json': JSON.stringify(entry(start - hour, k2)) })
  const pools = [{ id: poolId, uris: [], file: join(directory, 'none.json') }]
  const rig = createRig({ snapshotFile: join(directory, 'snapshot.json'), pools })
  rig.jwks.load()
  t.match(rig.jwks.statuses(), [{ ready: false, keys: 0 }])
})

t.test(
  'reports a directory that cannot be written, keeps going, and tries again after the next good round',
  async (t) => {
    const directory = join(t.testdir({}), 'missing')
    const snapshotFile = join(directory, 'snapshot.json')
    const rig = createRig({ snapshotFile })
    rig.serve(firstUri, k1)
    await rig.jwks.refreshDue()
    t.match(rig.events.at(-1), { kind: 'snapshot_failed', pool: '*', detail: /ENOENT/ })
    t.equal(await rig.lookUp('k1'), 'found')
    mkdirSync(directory)
    rig.clock.advance(10 * second)
    await rig.lookUp('k2')
    await rig.jwks.refreshDue()
    t.strictSame(readJson(snapshotFile).pools[poolId].keys, [k1])
  },
)

t.test('leaves neither a half-written file nor a temporary one when the rename fails', async (t) => {
  const directory = t.testdir({ 'snapshot.json': { taken: 'by a directory' } })
  const rig = createRig({ snapshotFile: join(directory, 'snapshot.json') })
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  t.match(rig.events.at(-1), { kind: 'snapshot_failed' })
  t.strictSame(readdirSync(directory), ['snapshot.json'])
})

t.test('gives the keys at load, until they would be too old', async (t) => {
  const snapshotFile = join(
    t.testdir({ 'snapshot.json': JSON.stringify(entry(start - 23 * hour, k1)) }),
    'snapshot.json',
  )
  const rig = createRig({ snapshotFile, clock: createClock(start) })
  rig.jwks.load()
  t.match(rig.jwks.statuses(), [{ ready: true, keys: 1, ageMs: 23 * hour }])
  t.equal(rig.pool.trustedUntil, start + hour)
  t.ok(rig.jwks.nextDueAt() <= start, 'the first fetch is due all the same')
  rig.clock.advance(hour)
  t.equal(await rig.lookUp('k1'), 'unavailable')
  t.equal(rig.withdrawn[0]?.kid, 'k1')
})

t.test('counts only until the first good round, which keeps the identity of keys that stay', async (t) => {
  const snapshotFile = join(
    t.testdir({ 'snapshot.json': JSON.stringify(entry(start - hour, k1, k2)) }),
    'snapshot.json',
  )
  const rig = createRig({ snapshotFile })
  rig.jwks.load()
  const [first, other] = ['k1', 'k2'].map((kid) => rig.pool.peek(kid, start)?.key)
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  t.equal(rig.pool.peek('k1', start)?.key, first)
  t.equal(other?.withdrawn, true)
  t.equal(rig.pool.trustedUntil, start + 24 * hour)
})

t.test('is not missed when it does not exist yet', async (t) => {
  const rig = createRig({ snapshotFile: join(t.testdir({}), 'snapshot.json') })
  rig.jwks.load()
  t.strictSame(rig.events, [])
})

const weak = makePublishedKey('weak', 1024)

const ignoredEntries = {
  'a time in the future': [entry(start + 1, k1), 'fetchedAt is not a past time'],
  'a time that is text': [entry(String(start), k1), 'fetchedAt is not a past time'],
  'no time': [entry(undefined, k1), 'fetchedAt is not a past time'],
  'keys that are too old': [entry(start - 24 * hour, k1), 'the keys are too old'],
  'weak keys only': [entry(start - hour, weak), /^the key set has no usable key/],
  'no keys': [{ version: 1, pools: { [poolId]: { fetchedAt: start } } }, 'the key set has no "keys" list'],
  'null for the pool': [{ version: 1, pools: { [poolId]: null } }, 'fetchedAt is not a past time'],
} as const

for (const [name, [content, detail]] of Object.entries(ignoredEntries)) {
  t.test(`is ignored for a pool with ${name}`, async (t) => {
    const snapshotFile = join(t.testdir({ 'snapshot.json': JSON.stringify(content) }), 'snapshot.json')
    const rig = createRig({ snapshotFile })
    rig.jwks.load()
    t.match(rig.events, [{ kind: 'snapshot_ignored', pool: poolId, detail }])
    t.match(rig.jwks.statuses(), [{ ready: false, keys: 0 }])
  })
}

for (const content of ['{"version":1,"poo', 'null', '[]', '{"version":2,"pools":{}}', '{"version":1}']) {
  t.test(`is ignored as a whole when it holds ${content}`, async (t) => {
    const snapshotFile = join(t.testdir({ 'snapshot.json': content }), 'snapshot.json')
    const rig = createRig({ snapshotFile })
    rig.jwks.load()
    t.match(rig.events, [{ kind: 'snapshot_ignored', pool: '*' }])
    t.equal(rig.events.length, 1)
  })
}

t.test('is ignored when it cannot be read', async (t) => {
  const rig = createRig({ snapshotFile: t.testdir({}) })
  rig.jwks.load()
  t.match(rig.events, [{ kind: 'snapshot_ignored', pool: '*', detail: /EISDIR/ }])
})

t.test('says nothing of pools that are not configured', async (t) => {
  const content = { version: 1, pools: { 'eu-west-1_GONE': { fetchedAt: start, keys: [k1] } } }
  const snapshotFile = join(t.testdir({ 'snapshot.json': JSON.stringify(content) }), 'snapshot.json')
  const rig = createRig({ snapshotFile })
  rig.jwks.load()
  t.strictSame(rig.events, [])
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  t.strictSame(Object.keys(readJson(snapshotFile).pools), [poolId])
})

t.test('is neither read nor replaced where its path is a device', async (t) => {
  const rig = createRig({ snapshotFile: '/dev/null' })
  rig.jwks.load()
  t.match(rig.events, [{ kind: 'snapshot_ignored', pool: '*', detail: /no regular file/ }])
  rig.serve(firstUri, k1)
  await rig.jwks.refreshDue()
  t.match(rig.events.at(-1), { kind: 'snapshot_failed', detail: /no regular file/ })
  t.ok(statSync('/dev/null').isCharacterDevice())
})
