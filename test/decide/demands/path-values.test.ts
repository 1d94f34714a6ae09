import t from 'tap'
import { segmentsOf, valueAt, writeValues } from '../../../src/decide/demands/path-values.ts'

t.test('finds a parameter by its whole name', async (t) => {
  t.same(segmentsOf('/t/:tenant/x', ':tenant'), [2])
  t.same(segmentsOf('/t/:tenants/x', ':tenant'), [])
  t.same(segmentsOf('', ':tenant'), [])
})

t.test('a value is a segment that is there, decoded once', async (t) => {
  t.equal(valueAt('/t/a%20b/x', 2), 'a b')
  t.equal(valueAt('/t/%2541', 2), '%41')
  t.equal(valueAt('/t/%41', 2, true), '%41')
  for (const path of ['/t', '/t/', '/t//x', '/t/%E9', '/t/%zz']) t.equal(valueAt(path, 2), undefined, path)
})

t.test('two readings with the same values have the same text', async (t) => {
  t.equal(writeValues('/a/b', [1, 2]), writeValues('/x/a/b', [2, 3]))
  t.not(writeValues('/a/b', [1]), writeValues('/a/b', [2]))
  t.not(writeValues('/a/b', [1]), writeValues('/a/b'))
  t.not(writeValues('/null', [1]), writeValues('/', [1]))
})
