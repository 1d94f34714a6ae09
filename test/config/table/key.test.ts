import t from 'tap'
import { formatKey, holdersOf, parseKey } from '../../../src/config/table/key.ts'

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
