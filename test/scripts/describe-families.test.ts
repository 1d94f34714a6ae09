import t from 'tap'
import { renderFamilies } from '../../scripts/describe-families.ts'
import { headerFamilies, identityFamilies } from '../../src/headers/families.ts'
import { readTable, readWords } from '../docs/pages.ts'

t.test('there is a row for each product with every beginning of a name, and no other', async (t) => {
  const rows = readTable(renderFamilies(), '### Families')
  t.equal(rows.length, headerFamilies.length)
  t.same(
    rows.flatMap(([, prefixes = '']) => readWords(prefixes)),
    identityFamilies.map((prefix) => `${prefix}*`),
  )
})
