import t from 'tap'
import { findPhoneMistake } from '../../src/admin/phone.ts'

t.test('a number that Cognito and SMS take has no mistake', async (t) => {
  for (const number of ['+819012345678', '+4915112345678', '+12065550100', '+390612345678'])
    t.equal(findPhoneMistake(number), undefined, number)
})

t.test('what people write is mended', async (t) => {
  for (const [written, good] of [
    ['+81-90-1234-5678', '+819012345678'],
    ['+81 090 1234 5678', '+819012345678'],
    ['+81(0)90-1234-5678', '+819012345678'],
    ['＋８１９０１２３４５６７８', '+819012345678'],
    ['+8109012345678', '+819012345678'],
    ['+1 (206) 555-0100', '+12065550100'],
  ] as const)
    t.same(findPhoneMistake(written), { suggestion: good }, written)
})

t.test('without a country nothing is guessed', async (t) => {
  for (const number of ['090-1234-5678', '+', '', 'anna', '+123']) {
    t.same(findPhoneMistake(number), { suggestion: undefined }, number)
  }
})
