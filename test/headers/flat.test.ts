import t from 'tap'
import { dropNames, textAt, valuesOf } from '../../src/headers/flat.ts'

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
