import t from 'tap'
import { costOf, describePrice, isPlan } from '../../../src/admin/doctor/prices.ts'

t.test('users are free up to the bound of the plan, and cheaper in large numbers', async (t) => {
  t.equal(costOf('ESSENTIALS', 10_000), 0)
  t.equal(costOf('ESSENTIALS', 20_000), 150)
  t.equal(costOf('PLUS', 1000), 20)
  t.equal(costOf('LITE', 100_000), 495)
  t.equal(costOf('LITE', 200_000), 495 + 460)
})

t.test('a plan is described by its price and what is free', async (t) => {
  t.equal(describePrice('ESSENTIALS'), '$0.015 / MAU > 10,000')
  t.equal(describePrice('PLUS'), '$0.02 / MAU')
  t.ok(isPlan('LITE'))
  t.notOk(isPlan('FREE'))
})
