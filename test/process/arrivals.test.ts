import t from 'tap'
import { Arrivals } from '../../src/process/arrivals.ts'

t.test('what arrives goes to whoever waits, the one who waited longest first', async (t) => {
  const arrivals = new Arrivals<string>()
  const both = Promise.all([arrivals.next(), arrivals.next()])
  arrivals.push('first')
  arrivals.push('second')
  t.same(await both, ['first', 'second'])
})

t.test('what arrives while nobody waits is kept, in order, and given once', async (t) => {
  const arrivals = new Arrivals<string>()
  for (const item of ['first', 'second']) arrivals.push(item)
  t.equal(await arrivals.next(), 'first')
  t.equal(await arrivals.next(), 'second')
  const third = arrivals.next()
  arrivals.push('third')
  t.equal(await third, 'third')
})
