import t from 'tap'
import { planRestart } from '../../../src/process/workers/backoff.ts'

/** The delays before the restarts of a worker that runs this long each time. */
function delaysOf(...lives: readonly number[]): readonly number[] {
  let quickEnds = 0
  return lives.map((livedMs) => {
    const restart = planRestart(quickEnds, livedMs)
    quickEnds = restart.quickEnds
    return restart.delayMs
  })
}

t.test('starts again at once the first time, however short its life was', async (t) => {
  t.same(delaysOf(0), [0])
  t.same(delaysOf(59_999), [0])
})

t.test('waits twice as long each time it ends soon after its start, up to 30 s', async (t) => {
  t.same(delaysOf(...Array(9).fill(10)), [0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
})

t.test('starts again at once after it has lived for a minute', async (t) => {
  t.same(delaysOf(10, 10, 10, 60_000, 10), [0, 1000, 2000, 0, 1000])
})

t.test('never waits for longer than 30 s, however often it has ended', async (t) => {
  t.equal(planRestart(100_000, 10).delayMs, 30_000)
})
