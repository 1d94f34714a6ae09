import t from 'tap'
import { headerLine, readLines } from '../../src/headers/lines.ts'

t.test('reads back the lines it writes', async (t) => {
  const headers = [
    ['X-A', '1'],
    ['x-empty', ''],
    ['X-Colons', 'a: b: c'],
    ['X-A', ' 2'],
  ] as const
  const lines = headers.map(([name, value]) => headerLine(name, value)).join('')
  t.equal(lines, 'X-A: 1\r\nx-empty: \r\nX-Colons: a: b: c\r\nX-A:  2\r\n')
  t.strictSame(readLines(lines), headers)
  t.strictSame(readLines(''), [])
})
