import t from 'tap'
import { dropNames, headerLine, readLines, textAt, valuesOf } from '../../src/headers/lines.ts'

const list = ['Via', '1.1 a', 'Host', 'example.com', 'VIA', '1.1 b', 'X-Last']

t.test('finds the values of a name in order, whatever its case', async (t) => {
  t.same(valuesOf(list, 'via'), ['1.1 a', '1.1 b'])
  t.same(valuesOf(list, 'host'), ['example.com'])
  t.same(valuesOf(list, 'cookie'), [])
})

t.test('never takes a value for a name', async (t) => {
  const misleading = ['Referer', 'host', 'X-Other', 'via']
  t.same(valuesOf(misleading, 'host'), [])
  t.same(dropNames(misleading, new Set(['host', 'via'])), misleading)
})

t.test('gives a name without a value an empty one', async (t) => {
  t.same(valuesOf(list, 'x-last'), [''])
  t.equal(textAt(list, list.length), '')
})

t.test('drops every line of the names given, and keeps the order of the rest', async (t) => {
  t.same(dropNames(list, new Set(['via'])), ['Host', 'example.com', 'X-Last'])
})

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
