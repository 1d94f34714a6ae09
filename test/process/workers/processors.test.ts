import t from 'tap'
import { countProcessors } from '../../../src/process/workers/processors.ts'

t.test('is never more than a CPU limit, and one at least', async (t) => {
  t.equal(
    countProcessors(64, () => '25000 100000\n'),
    1,
    'a quarter of a processor',
  )
  t.equal(
    countProcessors(64, () => '350000 100000\n'),
    3,
  )
  t.equal(
    countProcessors(2, () => '800000 100000\n'),
    2,
  )
})

t.test('without a limit it is what the system says', async (t) => {
  t.equal(
    countProcessors(64, () => 'max 100000\n'),
    64,
  )
  t.equal(
    countProcessors(64, () => ''),
    64,
  )
})

t.test('on this machine it is a whole number from one on', async (t) => {
  t.ok(Number.isInteger(countProcessors()) && countProcessors() >= 1)
})
