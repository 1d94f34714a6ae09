import t from 'tap'
import { watchLoop } from '../../src/gate/loop-watch.ts'
import { createTimers } from '../helpers/timers.ts'

/** How often it looks. */
const everyMs = 100
const limitMs = 1000

function createWatch(limit: number | undefined = limitMs) {
  const clock = createTimers()
  const changes: (readonly [isLate: boolean, delayMs: number])[] = []
  const watch = watchLoop({ limitMs: limit, onChange: (...change) => changes.push(change), clock })
  /** One turn of the loop that delays what is due by so much. */
  const turn = (delayMs: number): boolean => {
    clock.advance(everyMs + delayMs)
    return watch.isLate
  }
  return { watch, clock, changes, turn }
}

t.test('the loop is late when two looks in a row come too late, and it is said once', async (t) => {
  const { turn, changes } = createWatch()
  t.same([0, 1500, 1200, 1800].map(turn), [false, false, true, true])
  t.same(changes, [[true, 1200]])
})

t.test('one pause, however long, is no overload', async (t) => {
  const { turn, changes } = createWatch()
  t.same([3_600_000, 0, 5000, 900, 5000].map(turn), [false, false, false, false, false])
  t.same(changes, [])
})

t.test('a delay of exactly the limit is not too late', async (t) => {
  const { turn } = createWatch()
  t.same([limitMs, limitMs, limitMs].map(turn), [false, false, false])
})

t.test('the loop is in time again after five looks in a row within half the limit', async (t) => {
  const { turn, changes } = createWatch()
  for (const delayMs of [2000, 2000]) turn(delayMs)
  t.same([0, 0, 0, 0, 501].map(turn), [true, true, true, true, true], 'one that is not begins anew')
  t.same([500, 0, 500, 0, 0].map(turn), [true, true, true, true, false])
  t.same(changes, [
    [true, 2000],
    [false, 0],
  ])
  t.same([2000, 2000].map(turn), [false, true], 'and it can be late again')
})

t.test('without a limit nothing is measured', async (t) => {
  const clock = createTimers()
  const watch = watchLoop({ limitMs: undefined, onChange: () => t.fail('it was called late'), clock })
  t.equal(clock.waiting, 0)
  t.equal(watch.isLate, false)
  watch.stop()
})

t.test('a watch that is stopped leaves no timer behind', async (t) => {
  const { watch, clock, turn } = createWatch()
  turn(0)
  t.equal(clock.waiting, 1)
  watch.stop()
  t.equal(clock.waiting, 0)
})

t.test('measures the real loop when nobody brings a clock', async (t) => {
  const late = Promise.withResolvers<number>()
  const watch = watchLoop({ limitMs: 10, onChange: (_isLate, delayMs) => late.resolve(delayMs) })
  const block = setInterval(() => {
    for (const until = performance.now() + 250; performance.now() < until; );
  }, 1)
  t.ok((await late.promise) > 10)
  clearInterval(block)
  watch.stop()
})

t.test('the longest delay is told for 15 seconds at least and for 30 at most', async (t) => {
  const { watch, turn } = createWatch()
  t.equal(watch.longestDelayMs(), 0)
  turn(70)
  turn(0)
  t.equal(watch.longestDelayMs(), 70)
  for (let look = 0; look < 149; look++) turn(0)
  t.equal(watch.longestDelayMs(), 70, 'a window of 150 looks is over')
  for (let look = 0; look < 149; look++) turn(0)
  t.equal(watch.longestDelayMs(), 0, 'and so is the next')
})
