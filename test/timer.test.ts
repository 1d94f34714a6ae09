/** Real timers: what they do to the process, and what nobody should have to wait for to find out. */
import t from 'tap'
import { setTimer, setUnrefTimer } from '../src/timer.ts'

/** How many timers keep this process alive. */
const keepingAlive = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

for (const [name, set, holds] of [
  ['setTimer', setTimer, 1],
  ['setUnrefTimer', setUnrefTimer, 0],
] as const) {
  t.test(`${name} ${holds === 1 ? 'keeps' : 'does not keep'} the process alive until it is cancelled`, async (t) => {
    const before = keepingAlive()
    const cancel = set(() => t.fail('it was cancelled'), 60_000)
    t.equal(keepingAlive() - before, holds)
    cancel()
    t.equal(keepingAlive(), before)
  })

  t.test(`${name} runs what it was given, once, unless it is cancelled`, async (t) => {
    const runs: string[] = []
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const cancel = set(() => runs.push('cancelled'), 1)
    set(() => runs.push('kept'), 1)
    setTimer(resolve, 10)
    cancel()
    await over
    t.same(runs, ['kept'])
  })

  t.test(`${name} does not fire at once when the delay is longer than Node.js can count`, async (t) => {
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const cancel = set(() => t.fail('it fired'), 2 ** 31)
    setTimer(resolve, 10)
    await over
    cancel()
  })
}
