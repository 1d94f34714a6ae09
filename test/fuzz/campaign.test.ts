/** A campaign against a service with a planted mistake: what it finds, how small, and that a seed finds it again. */
import fc from 'fast-check'
import t from 'tap'
import { runCampaign } from './campaign.ts'
import { defineFuzzer } from './fuzzer.ts'

/** Numbers from 1000 on are the mistake. */
const planted = defineFuzzer<number>({
  name: 'planted',
  cases: fc.nat(1_000_000),
  open: () => ({
    check(candidate) {
      if (candidate >= 1000) throw new Error('too large')
      return candidate % 2 === 0 ? 'even' : 'odd'
    },
  }),
})

const sound = defineFuzzer<number>({ name: 'sound', cases: fc.nat(), open: () => ({ check: () => 'good' }) })

/** A clock that goes one millisecond further whenever it is looked at. */
function createTickingClock(): () => number {
  let now = 0
  return () => now++
}

function campaign(seed: number) {
  return { seed, endsAt: 5000, now: createTickingClock(), watch: () => undefined }
}

t.test('a failure is shrunk to the smallest case that shows it', async (t) => {
  const { failure } = await runCampaign(planted, campaign(1))
  t.same(failure, { case: 1000, problem: 'too large' })
})

t.test('the same seed checks the same cases, another seed others', async (t) => {
  const casesOf = async (seed: number) => {
    const seen: unknown[] = []
    await runCampaign(sound, { ...campaign(seed), watch: (candidate) => seen.push(candidate) })
    return seen
  }
  const [first, again, other] = [await casesOf(1), await casesOf(1), await casesOf(2)]
  t.ok(first.length > 1000, 'more than one batch')
  t.strictSame(first, again)
  t.not(JSON.stringify(first), JSON.stringify(other))
})

t.test('it ends at its time and counts what it checked', async (t) => {
  const now = createTickingClock()
  const { cases, outcomes, failure } = await runCampaign(sound, { ...campaign(1), now })
  t.equal(failure, undefined)
  t.equal(cases, outcomes.get('good'))
  t.ok(now() < 5000 + 2000, 'within one batch of its time')
})

t.test('several lanes check the batches of one, in another order', async (t) => {
  const casesOf = async (lanes: number) => {
    const seen: unknown[] = []
    await runCampaign(sound, { ...campaign(1), lanes, watch: (candidate) => seen.push(candidate) })
    return new Set(seen)
  }
  const [alone, shared] = [await casesOf(1), await casesOf(3)]
  t.ok([...shared].filter((candidate) => alone.has(candidate)).length > 1000, 'more than one batch is the same')
  const { failure } = await runCampaign(planted, { ...campaign(1), lanes: 3 })
  t.equal(failure?.problem, 'too large')
})

t.test('a replay tells how each case ended', async (t) => {
  t.same(await planted.replay([2, 3, 5000]), ['even', 'odd', 'failed: too large'])
})
