import t from 'tap'
import { compileRates } from '../../src/limits/rates.ts'

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
