import t from 'tap'
import { crewReadiness } from '../../src/ops/health.ts'

const pools = [{ pool: 'eu-west-1_A', ready: true, keys: 1, ageMs: 1 }]
const good = { ready: true, draining: false, pools }

t.test('several workers are ready when each serves and is ready', async (t) => {
  const workers = [1, 2].map((worker) => ({ worker, state: 'serving', readiness: good }) as const)
  t.same(crewReadiness(workers, false), {
    ready: true,
    draining: false,
    workers: [1, 2].map((worker) => ({ worker, state: 'serving', ...good })),
  })
  t.match(crewReadiness(workers, true), { ready: false, draining: true }, 'not while they drain')
})

for (const [state, readiness, says] of [
  ['starting', undefined, { state: 'starting', ready: false }],
  ['ended', undefined, { state: 'ended', ready: false }],
  ['serving', undefined, { state: 'silent', ready: false }],
  ['serving', { ...good, ready: false }, { state: 'serving', ready: false, pools }],
] as const) {
  t.test(`one worker that is ${says.state} and not ready is enough for none to be, and is named`, async (t) => {
    const first = { worker: 1, state: 'serving', readiness: good } as const
    const { ready, workers } = crewReadiness([first, { worker: 2, state, readiness }], false)
    t.equal(ready, false)
    t.match(workers, [
      { worker: 1, ready: true },
      { worker: 2, ...says },
    ])
  })
}
