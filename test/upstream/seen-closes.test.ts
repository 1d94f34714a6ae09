import t from 'tap'
import { SeenCloses } from '../../src/upstream/seen-closes.ts'

const minute = 60_000

t.test('nothing seen is no limit', async (t) => {
  t.equal(new SeenCloses().shortestMs(0), Number.POSITIVE_INFINITY)
})

t.test('the shortest idle time counts', async (t) => {
  const closes = new SeenCloses()
  for (const idleMs of [1200, 1000, 1500]) closes.add(idleMs, 0)
  t.equal(closes.shortestMs(1), 1000)
})

t.test('it is remembered for five minutes at least, and for ten at most', async (t) => {
  const closes = new SeenCloses()
  closes.add(1000, 0)
  closes.add(7, 4 * minute)
  t.equal(closes.shortestMs(9 * minute), 7)
  closes.add(1000, 9 * minute)
  t.equal(closes.shortestMs(10 * minute), 1000)
})
