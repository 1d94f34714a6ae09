/** Figures of several rounds as one. */
import t from 'tap'
import { median, percentile, rotate, spreadOf } from '../../bench/statistics.ts'

t.test('the median is the middle figure, or half way between the two in the middle', async (t) => {
  t.equal(median([9, 1, 5]), 5)
  t.equal(median([4, 1, 2, 3]), 2.5)
})

t.test('the median of no figures is not a number', async (t) => t.ok(Number.isNaN(median([]))))

t.test('a percentile between two figures is interpolated', async (t) => {
  const figures = Array.from({ length: 101 }, (_, n) => 100 - n)
  t.equal(percentile(figures, 0.99), 99)
  t.equal(percentile([10, 20], 0.25), 12.5)
  t.equal(percentile([7], 0.999), 7)
})

t.test('the spread holds every figure, outliers too', async (t) => {
  t.same(spreadOf([3, 1, 200]), { median: 3, min: 1, max: 200 })
})

t.test('each round begins with the next contender and holds all of them', async (t) => {
  t.same(rotate(['a', 'b', 'c'], 4), ['b', 'c', 'a'])
  t.same(rotate([], 3), [])
})
