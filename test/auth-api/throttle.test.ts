/** How often somebody may try, by address and by name. */
import t from 'tap'
import { Throttle } from '../../src/auth-api/throttle.ts'

const limits = {
  perAddress: { requests: 20, periodMs: 60_000 },
  signUp: { requests: 5, periodMs: 3_600_000 },
  codes: { requests: 3, periodMs: 3_600_000 },
}
const start = Date.UTC(2026, 0, 1)

/** Fails so often, at once. The seconds to wait then. */
function fail(throttle: Throttle, times: number, now: number, name = 'alice'): number | undefined {
  for (let count = 0; count < times; count++) {
    const attempt = throttle.begin('password', name, now)
    if (typeof attempt === 'number') return attempt
  }
  const next = throttle.begin('password', name, now)
  if (typeof next === 'number') return next
  next.undo()
  return undefined
}

t.test(
  'the fifth failure brings a pause of a second, and each further one doubles it, to a quarter of an hour',
  async (t) => {
    const throttle = new Throttle(limits)
    t.equal(fail(throttle, 4, start), undefined)
    let now = start
    let pause = fail(throttle, 1, now)
    for (const expected of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      t.equal(pause, expected)
      now += (pause ?? 0) * 1000
      pause = fail(throttle, 1, now)
    }
  },
)

t.test('a hundred attempts at once are a hundred, before any of them has failed', async (t) => {
  const throttle = new Throttle(limits)
  const begun = Array.from({ length: 100 }, () => throttle.begin('password', 'alice', start))
  t.equal(begun.filter((attempt) => typeof attempt !== 'number').length, 5)
})

t.test('a success forgets the failures, and an attempt that found nothing out does not count', async (t) => {
  const throttle = new Throttle(limits)
  fail(throttle, 4, start)
  const attempt = throttle.begin('password', 'alice', start)
  if (typeof attempt === 'number') throw new Error('paused')
  attempt.succeed()
  t.equal(fail(throttle, 4, start), undefined)
  for (let count = 0; count < 20; count++) {
    const busy = throttle.begin('password', 'bob', start)
    if (typeof busy === 'number') throw new Error('paused')
    busy.undo()
    busy.undo()
  }
})

t.test('a success forgets the failures of its own spelling: two spellings may be two users', async (t) => {
  const throttle = new Throttle(limits)
  const begin = (name: string, now = start) => {
    const attempt = throttle.begin('password', name, now)
    if (typeof attempt === 'number') throw new Error(`paused for ${attempt} s`)
    return attempt
  }
  for (let count = 0; count < 3; count++) begin('alice')
  begin('\uff41lice')
  begin('\uff41lice').succeed()
  t.equal(throttle.begin('password', '\uff41lice', start + 1) instanceof Object, true)
  begin('alice')
  t.equal(throttle.begin('password', 'alice', start), 1, 'five for the owner of the other spelling')
  begin('alice', start + 1000).succeed()
  t.equal(fail(throttle, 3, start + 1000), undefined)
  throttle.forget('password', '\uff21lice', start)
  t.equal(fail(throttle, 1, start + 1000), 1, 'nor does forgetting')
})

t.test('failures of a day ago are forgotten', async (t) => {
  const throttle = new Throttle(limits)
  fail(throttle, 9, start)
  t.equal(fail(throttle, 4, start + 24 * 3_600_000), undefined)
})

t.test('spellings of a name are one name; kinds of secrets are counted apart', async (t) => {
  const throttle = new Throttle(limits)
  fail(throttle, 5, start, 'Alice')
  t.type(throttle.begin('password', 'ALICE', start), 'number')
  t.type(throttle.begin('password', '\uff21lice', start), 'number', 'full width')
  for (const spelling of [' alice', 'alice  ', 'al\u200bice', '\u00a0alice\n'])
    t.type(throttle.begin('password', spelling, start), 'number', JSON.stringify(spelling))
  t.type(throttle.begin('factor', 'alice', start), 'object')
})

t.test('codes for one name, and sign-ups of one address, have their rates', async (t) => {
  const throttle = new Throttle(limits)
  const codes = Array.from({ length: 4 }, () => throttle.countCode('alice', start))
  t.same(codes, [undefined, undefined, undefined, 1200])
  const signUps = Array.from({ length: 6 }, () => throttle.countSignUp('192.0.2.1', start))
  t.same(signUps.slice(4), [undefined, 720])
  t.equal(throttle.countCall('192.0.2.1', start), undefined)
})
