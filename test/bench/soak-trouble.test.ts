import t from 'tap'
import { planTrouble } from '../../bench/soak/trouble.ts'

const minute = 60_000

t.test('plans every kind of outage into a run of any length', async (t) => {
  for (const minutes of [1, 2, 30]) {
    const outages = planTrouble(minutes * minute).flatMap((trouble) => (trouble.what === 'outage' ? [trouble] : []))
    t.strictSame([...new Set(outages.map(({ outage }) => outage))].toSorted(), ['fail', 'hang', 'refuse'])
    t.ok(
      outages.every(({ durationMs }) => durationMs <= minute),
      'of at most a minute',
    )
  }
})

t.test('rotates every few minutes', async (t) => {
  t.equal(planTrouble(30 * minute).filter(({ what }) => what === 'switch').length, 8)
})

t.test('leaves the gate three seconds to learn of each step, and ends within the run', async (t) => {
  for (const minutes of [1, 2, 30]) {
    const plan = planTrouble(minutes * minute)
    for (const [index, trouble] of plan.entries()) {
      const endMs = trouble.atMs + (trouble.what === 'outage' ? trouble.durationMs : 0)
      const nextMs = plan[index + 1]?.atMs ?? minutes * minute
      t.ok(nextMs - endMs >= 3000, `${minutes} minutes, step ${index}: ${trouble.what}`)
    }
  }
})
