import fc from 'fast-check'
import t from 'tap'
import {
  formatDuration,
  formatRate,
  formatSize,
  guessDuration,
  guessRate,
  guessSize,
  parseDuration,
  parseRate,
  parseSize,
} from '../../../src/config/table/units.ts'

t.test('a duration is a number and a unit', async (t) => {
  const cases = [
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['1.5s', 1500],
    ['0.25h', 900_000],
  ] as const
  for (const [text, ms] of cases) t.equal(parseDuration(text), ms, text)
})

t.test('anything else is no duration', async (t) => {
  const cases = ['', '5', '5 s', '-5s', '+5s', '5S', '5sec', '1h30m', '.5s', '5.s', '1e3ms', 's', '5s ', '٥s', '5s\n']
  for (const text of cases) t.equal(parseDuration(text), undefined, JSON.stringify(text))
})

t.test('a size is a number and a unit of 1024', async (t) => {
  const cases = [
    ['0B', 0],
    ['100B', 100],
    ['8KiB', 8192],
    ['64MiB', 67_108_864],
    ['1GiB', 1_073_741_824],
    ['1.5KiB', 1536],
  ] as const
  for (const [text, bytes] of cases) t.equal(parseSize(text), bytes, text)
})

t.test('anything else is no size', async (t) => {
  const cases = ['', '8', '8K', '8KB', '8kib', '8 KiB', '-8B', '8TiB', '0x8B', 'none']
  for (const text of cases) t.equal(parseSize(text), undefined, JSON.stringify(text))
})

t.test('what is formatted is parsed to the same value, for every whole number', async () => {
  const whole = fc.nat({ max: 2 ** 31 - 1 })
  fc.assert(fc.property(whole, (ms) => parseDuration(formatDuration(ms)) === ms))
  fc.assert(fc.property(whole, (bytes) => parseSize(formatSize(bytes)) === bytes))
})

t.test('values are written with the largest unit that divides them', async (t) => {
  t.equal(formatDuration(86_400_000), '24h')
  t.equal(formatDuration(90_000), '90s')
  t.equal(formatDuration(1500), '1500ms')
  t.equal(formatDuration(0), '0s')
  t.equal(formatSize(8192), '8KiB')
  t.equal(formatSize(1000), '1000B')
  t.equal(formatSize(0), '0B')
})

t.test('a bare number is taken for seconds, and for bytes', async (t) => {
  t.equal(guessDuration('5'), '5s')
  t.equal(guessSize('8192'), '8KiB')
  t.equal(guessSize('1000'), '1000B')
})

t.test('units of other tools are recognised', async (t) => {
  const durations = [
    ['5 sec', '5s'],
    ['5S', '5s'],
    ['250 msec', '250ms'],
    ['2 minutes', '2m'],
    ['2H', '2h'],
    ['7 days', '7d'],
    ['2w', '14d'],
    ['1 week', '7d'],
    ['1h30m', '90m'],
    ['1m 30s', '90s'],
    ['2d12h', '60h'],
    ['3 months', undefined],
    ['1y', undefined],
    ['1h30', undefined],
    ['1h soon', undefined],
    ['soon', undefined],
  ] as const
  for (const [text, guess] of durations) t.equal(guessDuration(text), guess, text)
  const sizes = [
    ['64M', '64MiB'],
    ['64mb', '64MiB'],
    ['8k', '8KiB'],
    ['1 GB', '1GiB'],
    ['large', undefined],
  ] as const
  for (const [text, guess] of sizes) t.equal(guessSize(text), guess, text)
})

t.test('a rate is a number of requests in a second, a minute or an hour', async (t) => {
  const cases = [
    ['50/s', { requests: 50, periodMs: 1000 }],
    ['600/m', { requests: 600, periodMs: 60_000 }],
    ['999999/h', { requests: 999_999, periodMs: 3_600_000 }],
  ] as const
  for (const [text, rate] of cases) {
    t.same(parseRate(text), rate, text)
    t.equal(formatRate(rate), text)
  }
})

t.test('anything else is no rate', async (t) => {
  const cases = ['', '50', '0/s', '050/s', '5.5/s', '-5/s', '50/d', '50/sec', '50 / s', '50/s ', '1000000/s', 's', '/s']
  for (const text of cases) t.equal(parseRate(text), undefined, JSON.stringify(text))
})

t.test('a bare number is taken for a rate in a second, and other spellings are recognised', async (t) => {
  const cases = [
    ['50', '50/s'],
    ['50 / sec', '50/s'],
    ['600/min', '600/m'],
    ['5000 per hour', undefined],
    ['5r/s', '5/s'],
    ['5rps', '5/s'],
    ['10 req/m', '10/m'],
    ['10/H', '10/h'],
    ['often', undefined],
  ] as const
  for (const [text, guess] of cases) t.equal(guessRate(text), guess, text)
})
