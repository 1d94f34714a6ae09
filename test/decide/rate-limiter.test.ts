import fc from 'fast-check'
import t from 'tap'
import { compileRates, RateLimiter } from '../../src/decide/rate-limiter.ts'

const second = 1000
const perSecond = (requests: number) => ({ requests, periodMs: second })
const start = Date.UTC(2026, 0, 1)

/** How many of so many that come at once are let through. */
function takeMany(limiter: RateLimiter, { key = 'a', now = start, count = 1000 } = {}): number {
  let taken = 0
  for (let i = 0; i < count; i++) if (limiter.take(key, now) === undefined) taken++
  return taken
}

t.test(
  'lets a burst through at once, and says of the next one which limit it met and when to come again',
  async (t) => {
    const limiter = new RateLimiter('subject', perSecond(5), 20)
    t.equal(takeMany(limiter), 20)
    t.same(limiter.take('a', start), { name: 'subject', rate: perSecond(5), retryAfterSeconds: 1 })
  },
)

t.test('the burst is what the rate allows in its period, unless given', async (t) => {
  t.equal(takeMany(new RateLimiter('subject', perSecond(7))), 7)
  t.equal(takeMany(new RateLimiter('subject', { requests: 600, periodMs: 60 * second })), 600)
})

t.test('a bucket fills step by step, never beyond the burst', async (t) => {
  const limiter = new RateLimiter('address', perSecond(10), 3)
  takeMany(limiter)
  t.equal(takeMany(limiter, { now: start + 99 }), 0)
  t.equal(takeMany(limiter, { now: start + 100 }), 1)
  t.equal(takeMany(limiter, { now: start + 350 }), 2)
  t.equal(takeMany(limiter, { now: start + 3_600_000 }), 3)
})

t.test('one that is refused takes nothing', async (t) => {
  const limiter = new RateLimiter('address', perSecond(1), 1)
  t.equal(takeMany(limiter), 1)
  for (let ms = 0; ms < second; ms += 10) takeMany(limiter, { now: start + ms, count: 5 })
  t.equal(takeMany(limiter, { now: start + second }), 1)
})

t.test('keys do not share a bucket', async (t) => {
  const limiter = new RateLimiter('address', perSecond(2))
  t.equal(takeMany(limiter, { key: 'a' }), 2)
  t.equal(takeMany(limiter, { key: 'b' }), 2)
})

t.test('one who comes again when told to is let through', async (t) => {
  const limiter = new RateLimiter('subject', { requests: 3, periodMs: 3_600_000 }, 1)
  takeMany(limiter)
  const seconds = limiter.take('a', start)?.retryAfterSeconds ?? 0
  t.equal(seconds, 1200)
  t.equal(takeMany(limiter, { now: start + (seconds - 1) * second }), 0)
  t.equal(takeMany(limiter, { now: start + seconds * second }), 1)
})

t.test('a clock that is put back makes nobody wait longer than an empty bucket does', async (t) => {
  const limiter = new RateLimiter('subject', perSecond(2), 4)
  takeMany(limiter)
  const before = start - 3_600_000
  t.equal(limiter.take('a', before)?.retryAfterSeconds, 1)
  t.equal(takeMany(limiter, { now: before + 500 }), 1)
})

t.test('remembers twenty thousand keys, and forgets the one that came longest ago first', async (t) => {
  const limiter = new RateLimiter('address', { requests: 1, periodMs: 3_600_000 })
  for (let key = 0; key <= 20_000; key++) limiter.take(String(key), start)
  t.ok(limiter.take('1', start), 'still empty')
  t.notOk(limiter.take('0', start), 'full: it is not known any more')
})

t.test('lets through what a bucket of tokens would, for every rate, burst and course of time', async () => {
  const requests = fc.integer({ min: 1, max: 100 })
  const pauses = fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 3000 })), { maxLength: 200 })
  fc.assert(
    fc.property(requests, fc.integer({ min: 1, max: 50 }), pauses, (rate, burst, waits) => {
      const limiter = new RateLimiter('subject', perSecond(rate), burst)
      let now = start
      // In thousandths, so that the model does not round: a step of time adds `rate` of them a millisecond.
      let tokens = burst * second
      return waits.every((wait) => {
        now += wait
        tokens = Math.min(burst * second, tokens + wait * rate)
        const expected = tokens >= second
        if (expected) tokens -= second
        return (limiter.take('a', now) === undefined) === expected
      })
    }),
  )
})

const rate = { requests: 1, periodMs: 1000 }

t.test('limits nothing unless a rate is given', async (t) => {
  t.same(compileRates(undefined), { address: undefined, subject: undefined })
  t.same(compileRates({ burst: 5 }), { address: undefined, subject: undefined })
})

t.test('gives each limit its name, its rate and the common burst', async (t) => {
  const { address, subject } = compileRates({ perAddress: rate, perSubject: { ...rate, requests: 2 }, burst: 1 })
  for (const limiter of [address, subject]) t.equal(limiter?.take('a', 0), undefined)
  t.match(address?.take('a', 0), { name: 'address', rate })
  t.match(subject?.take('a', 0), { name: 'subject', rate: { requests: 2 } })
})

t.test('what is given back can be taken again, and nothing comes of what was never taken', async (t) => {
  const limiter = new RateLimiter('subject', perSecond(5))
  t.equal(takeMany(limiter), 5)
  limiter.giveBack('a')
  t.equal(takeMany(limiter), 1)
  limiter.giveBack('b')
  t.equal(takeMany(limiter, { key: 'b' }), 5)
})
