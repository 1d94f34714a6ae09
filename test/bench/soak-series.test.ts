import t from 'tap'
import { trendOf, warmUpMs } from '../../bench/soak/series.ts'

const minute = 60_000

t.test('finds the slope of a line, an hour at a time', async (t) => {
  const samples = [0, 1, 2, 3, 4].map((n) => ({ atMs: n * minute, value: 100 + 2 * n }))
  t.match(trendOf(samples), { first: 100, median: 104, last: 108, max: 108, slopePerHour: 120 })
})

t.test('takes no saw for a slope', async (t) => {
  const saw = Array.from({ length: 601 }, (_, n) => ({ atMs: n * 1000, value: n % 20 }))
  const { slopePerHour } = trendOf(saw)
  t.ok(Math.abs(slopePerHour) < 10, `${slopePerHour}`)
})

t.test('finds a small leak under a large saw', async (t) => {
  const saw = Array.from({ length: 601 }, (_, n) => ({ atMs: n * 1000, value: (n % 20) + n / 10 }))
  const { slopePerHour } = trendOf(saw)
  t.ok(slopePerHour > 350 && slopePerHour < 370, `${slopePerHour}`)
})

t.test('finds the rise of the lows, whatever the saw above them', async (t) => {
  const saw = (rise: number) =>
    Array.from({ length: 600 }, (_, n) => ({ atMs: n * 2000, value: 150 + ((n * 7) % 60) ** 1.1 + (rise * n) / 1800 }))
  t.ok(Math.abs(trendOf(saw(0)).floorSlopePerHour) < 1)
  const { floorSlopePerHour } = trendOf(saw(40))
  t.ok(Math.abs(floorSlopePerHour - 40) < 2, `${floorSlopePerHour}`)
})

t.test('leaves out what came before the warm-up was over', async (t) => {
  const samples = [0, 1, 2, 3, 4].map((n) => ({ atMs: n * minute, value: n < 2 ? n * 100 : 200 }))
  t.match(trendOf(samples, 2 * minute), { first: 200, last: 200, slopePerHour: 0 })
})

t.test('has no slope for a single sample', async (t) => {
  t.match(trendOf([{ atMs: 5, value: 7 }]), { first: 7, median: 7, last: 7, slopePerHour: 0, floorSlopePerHour: 0 })
})

t.test('takes a third of a short run for the warm-up, five minutes of a long one', async (t) => {
  t.equal(warmUpMs(3 * minute), minute)
  t.equal(warmUpMs(30 * minute), 5 * minute)
})
