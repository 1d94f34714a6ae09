import t from 'tap'
import { childrenOf, findOption, formatKey, holdersOf, parseKey } from '../../../src/config/table/key.ts'

t.test('keys are written with dots and indexes, and read back', async (t) => {
  const keys = [
    ['listen', ['listen']],
    ['upstream.tls.caFile', ['upstream', 'tls', 'caFile']],
    ['userPools[0].clientIds[12]', ['userPools', 0, 'clientIds', 12]],
    ['identityHeaders.set[1].name', ['identityHeaders', 'set', 1, 'name']],
  ] as const
  for (const [key, path] of keys) {
    t.equal(formatKey(path), key)
    t.same(parseKey(key), path)
  }
})

t.test('a key is held by the keys above it, never by one that only begins like it', async (t) => {
  t.same(holdersOf('routes[0].groups[1]'), ['', 'routes', 'routes[0]', 'routes[0].groups', 'routes[0].groups[1]'])
  t.same(holdersOf('upstream.tls.caFile'), ['', 'upstream', 'upstream.tls', 'upstream.tls.caFile'])
  t.same(holdersOf('listen'), ['', 'listen'])
})

t.test('a concrete key leads to its option and the type at that place', async (t) => {
  t.match(findOption(['userPools', 3, 'id']), { option: { path: 'userPools[].id' }, type: { kind: 'string' } })
  t.match(findOption(['userPools', 3, 'tokenUse']), { type: { kind: 'list' } })
  t.match(findOption(['userPools', 3, 'tokenUse', 0]), {
    option: { path: 'userPools[].tokenUse' },
    type: { kind: 'enum' },
  })
  t.equal(findOption(['upstream']), undefined)
  t.equal(findOption(['routes', 0]), undefined)
})

t.test('the children of a mapping are its keys, each once', async (t) => {
  t.same(childrenOf(['drain']), ['delay', 'timeout'])
  t.same(childrenOf(['upstream', 'tls']), ['caFile', 'certFile', 'keyFile', 'serverName', 'insecureSkipVerify'])
  t.same(childrenOf(['identityHeaders', 'set', 0]), ['name', 'claim', 'format', 'encoding'])
  t.ok(childrenOf([]).includes('userPools'))
})
