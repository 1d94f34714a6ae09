import t from 'tap'
import { childrenOf, findOption } from '../../../src/config/table/option-table.ts'
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
