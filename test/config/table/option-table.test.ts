import t from 'tap'
import type { Option } from '../../../src/config/table/option.ts'
import { objects, string } from '../../../src/config/table/option.ts'
import { childrenOf, compileTable, findOption } from '../../../src/config/table/option-table.ts'
import { TABLE } from '../../../src/config/table/options.ts'

t.test('a concrete key leads to its option and the type at that place', async (t) => {
  t.match(findOption(['userPools', 3, 'id'], TABLE), { option: { path: 'userPools[].id' }, type: { kind: 'string' } })
  t.match(findOption(['userPools', 3, 'tokenUse'], TABLE), { type: { kind: 'list' } })
  t.match(findOption(['userPools', 3, 'tokenUse', 0], TABLE), {
    option: { path: 'userPools[].tokenUse' },
    type: { kind: 'enum' },
  })
  t.equal(findOption(['upstream'], TABLE), undefined)
  t.equal(findOption(['routes', 0], TABLE), undefined)
})

t.test('the children of a mapping are its keys, each once', async (t) => {
  t.same(childrenOf(['drain'], TABLE), ['delay', 'timeout'])
  t.same(childrenOf(['upstream', 'tls'], TABLE), ['caFile', 'certFile', 'keyFile', 'serverName', 'insecureSkipVerify'])
  t.same(childrenOf(['identityHeaders', 'set', 0], TABLE), ['name', 'claim', 'format', 'encoding'])
  t.ok(childrenOf([], TABLE).includes('userPools'))
})

t.test('a table in which an option would be lost is refused', async (t) => {
  const field: Option = { path: 'a[].b', type: string, doc: 'A field.' }
  const value: Option = { path: 'a', type: string, doc: 'A value.' }
  const list: Option = { path: 'a', type: objects, doc: 'A list.' }
  t.throws(() => compileTable([field]), /a\[\]\.b/)
  t.throws(() => compileTable([value, field]), /a\[\]\.b/)
  t.throws(() => compileTable([value, { ...value, path: 'a.b' }]), /a\.b/)
  t.throws(() => compileTable([list, { ...value, path: 'a.b' }]), /a\.b/)
  t.throws(() => compileTable([value, value]), /a/)
  t.doesNotThrow(() => compileTable([field, list]))
})
