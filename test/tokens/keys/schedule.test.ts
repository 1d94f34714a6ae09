import t from 'tap'
import { RefreshSchedule } from '../../../src/tokens/keys/schedule.ts'

const start = 1_800_000_000_000
const hour = 3_600_000
const noKeys = 0

function createSchedule(random = 1) {
  return new RefreshSchedule({ refreshIntervalMs: hour, cooldownMs: 10_000, random: () => random })
}

t.test('is due at once and open to callers before the first round', async (t) => {
  const schedule = createSchedule()
  t.ok(schedule.dueAt(start) <= start)
  t.equal(schedule.mayStart(start), true)
})

for (const [random, due] of [
  [0, 0.8 * hour],
  [0.5, 0.9 * hour],
  [1, hour],
] as const) {
  t.test(`is due ${due} ms after a good round with jitter ${random}`, async (t) => {
    const schedule = createSchedule(random)
    schedule.begin(start)
    schedule.succeed()
    t.equal(schedule.dueAt(start + 1), start + due)
  })
}

t.test('doubles the backoff from 1 s up to the interval while earlier keys vouch', async (t) => {
  const schedule = createSchedule()
  const delays = Array.from({ length: 14 }, () => {
    schedule.begin(start)
    schedule.fail(start, start + 24 * hour)
    return (schedule.dueAt(start) - start) / 1000
  })
  t.strictSame(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600])
})

t.test('halves the backoff at most by jitter', async (t) => {
  const schedule = createSchedule(0)
  schedule.begin(start)
  schedule.fail(start, start + 24 * hour)
  t.equal(schedule.dueAt(start), start + 500)
})

t.test('never backs off beyond the cooldown without keys', async (t) => {
  const schedule = createSchedule()
  for (let round = 0; round < 2000; round++) {
    schedule.begin(start)
    schedule.fail(start, noKeys)
  }
  t.equal(schedule.dueAt(start), start + 10_000)
})

t.test('tries again at the latest when the earlier keys end', async (t) => {
  const schedule = createSchedule()
  for (let round = 0; round < 12; round++) {
    schedule.begin(start)
    schedule.fail(start, start + 20_000)
  }
  t.equal(schedule.dueAt(start), start + 20_000)
})

t.test('starts over with the backoff after a good round', async (t) => {
  const schedule = createSchedule()
  schedule.fail(start, noKeys)
  schedule.fail(start, noKeys)
  schedule.succeed()
  schedule.fail(start, noKeys)
  t.equal(schedule.dueAt(start), start + 1000)
})

t.test('is closed to callers for a cooldown from the start of the last round they caused', async (t) => {
  const schedule = createSchedule()
  schedule.begin(start, 'asked')
  schedule.succeed()
  t.equal(schedule.mayStart(start), false)
  t.equal(schedule.mayStart(start + 9_999), false)
  t.equal(schedule.mayStart(start + 10_000), true)
})

t.test('a good round of its own closes it to nobody; one that callers caused closes it for a cooldown', async (t) => {
  const schedule = createSchedule()
  schedule.begin(start)
  schedule.succeed()
  t.equal(schedule.mayStart(start + 1), true, 'the keys may have changed since')
  schedule.begin(start + 1, 'asked')
  schedule.succeed()
  t.equal(schedule.mayStart(start + 2), false)
  schedule.begin(start + 5_000)
  schedule.succeed()
  t.equal(schedule.mayStart(start + 10_000), false, 'another round of its own makes no difference')
  t.equal(schedule.mayStart(start + 10_001), true)
})

t.test('a round that was pulled forward is one that callers caused', async (t) => {
  const schedule = createSchedule()
  schedule.begin(start, 'asked')
  schedule.succeed()
  schedule.pull()
  t.equal(schedule.dueAt(start), start + 10_000)
  schedule.begin(start + 10_000)
  schedule.succeed()
  t.equal(schedule.mayStart(start + 10_001), false)
  t.equal(schedule.mayStart(start + 20_000), true)
})

t.test('after a failure callers wait for the cooldown, whoever caused the round', async (t) => {
  const schedule = createSchedule()
  schedule.begin(start)
  schedule.fail(start, noKeys)
  t.equal(schedule.mayStart(start + 9_999), false)
  t.equal(schedule.mayStart(start + 10_000), true)
})

t.test('comes due at the end of the cooldown when pulled, and no later when pulled again', async (t) => {
  const schedule = createSchedule()
  schedule.begin(start, 'asked')
  schedule.succeed()
  schedule.pull()
  schedule.pull()
  t.equal(schedule.dueAt(start + 3), start + 10_000)
})

t.test('is not put off by a pull', async (t) => {
  const schedule = createSchedule()
  schedule.begin(start)
  schedule.fail(start, noKeys)
  schedule.pull()
  t.equal(schedule.dueAt(start), start + 1000)
})

t.test('is due and open at once when the clock was set back', async (t) => {
  const schedule = createSchedule()
  schedule.begin(start, 'asked')
  schedule.succeed()
  t.equal(schedule.dueAt(start - hour), start - hour)
  t.equal(schedule.mayStart(start - 1), true)
})
