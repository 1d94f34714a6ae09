/** Single fields of a request that pass in another form than they came, or not at all. */
import t from 'tap'
import { createHeaderRules, forwardLines, type Line } from '../helpers/header-rules.ts'

/** Without the lines that every request gets. */
function passed(received: readonly Line[], rules = createHeaderRules()): Line[] {
  const added = forwardLines(rules, []).map(([name]) => name)
  return forwardLines(rules, received).filter(([name]) => !added.includes(name))
}

t.test('passes a length on without its leading zeros, whatever its size (FLD-44)', async (t) => {
  const long = `${'0'.repeat(300)}18446744073709551615`
  for (const [received, sent] of [
    ['0005', '5'],
    ['0000', '0'],
    ['0', '0'],
    ['5000', '5000'],
    [long, '18446744073709551615'],
  ] as const) {
    t.strictSame(passed([['content-length', received]]), [['content-length', sent]])
  }
})

t.test('takes only spaces and tabs around the names in Connection for blanks (FLD-47)', async (t) => {
  const lines: Line[] = [
    ['X-A', '1'],
    ['X-B', '2'],
  ]
  t.strictSame(passed([['Connection', 'x,\u00a0x-a,\tx-b '], ...lines]), [['X-A', '1']])
})

t.test('names itself in Via only when it is told to, and passes one that came (FLD-06)', async (t) => {
  const viaOf = (via: boolean, ...values: readonly string[]) =>
    forwardLines(
      createHeaderRules({ via }),
      values.map((value) => ['via', value]),
    ).filter(([name]) => name.toLowerCase() === 'via')
  t.strictSame(viaOf(false), [])
  t.strictSame(viaOf(false, '1.0 edge'), [['Via', '1.0 edge']])
  t.strictSame(viaOf(false, '1.0 edge', '1.1 balancer'), [['Via', '1.0 edge, 1.1 balancer']])
  t.strictSame(viaOf(true), [['Via', '1.1 cogate']])
  t.strictSame(viaOf(true, '1.0 edge', '1.1 balancer'), [['Via', '1.0 edge, 1.1 balancer, 1.1 cogate']])
})
